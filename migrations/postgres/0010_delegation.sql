-- An account that the representative of one enterprise vouches for works in that enterprise only; none: it is the person's own.
alter table viewer add column enterprise_id bigint;

-- Links by which somebody asks to become a manager. Only a hash of the token is kept.
create table manager_invitation (
  enterprise_id bigint not null references enterprise (id),
  id            uuid   not null,
  token_hash    bytea  not null,
  created_at    bigint not null,
  expires_at    bigint not null,
  ended_at      bigint, -- taken back
  primary key (enterprise_id, id)
);
create unique index manager_invitation_by_token on manager_invitation (enterprise_id, token_hash);

-- Who asks, until the representative has decided.
create table manager_request (
  enterprise_id bigint not null references enterprise (id),
  id            uuid   not null,
  content       bytea  not null, -- sealed: the person, and what they do
  level         text   not null,
  invited_at    bigint not null, -- when the invitation was made
  created_at    bigint not null,
  primary key (enterprise_id, id)
);

-- What a representative lets somebody see, and until when.
create table manager_grant (
  enterprise_id bigint  not null references enterprise (id),
  id            uuid    not null,
  viewer_id     uuid    not null references viewer (id),
  granted_by    uuid    not null references viewer (id),
  permissions   text    not null,
  confined      boolean not null, -- to the departments in grant_department
  created_at    bigint  not null,
  expires_at    bigint  not null,
  ended_at      bigint,
  ending        text,
  primary key (enterprise_id, id)
);
create index manager_grant_by_viewer on manager_grant (viewer_id, enterprise_id);

create table grant_department (
  enterprise_id bigint not null,
  grant_id      uuid   not null,
  department_id bigint not null,
  primary key (enterprise_id, grant_id, department_id),
  foreign key (enterprise_id, grant_id) references manager_grant (enterprise_id, id)
);

-- What a person who signs in is told. Nothing in it is about a person.
create table message (
  enterprise_id bigint not null references enterprise (id),
  viewer_id     uuid   not null references viewer (id),
  id            uuid   not null,
  kind          text   not null,
  created_at    bigint not null,
  read_at       bigint,
  primary key (enterprise_id, viewer_id, id)
);
create index message_by_viewer on message (viewer_id, created_at);
