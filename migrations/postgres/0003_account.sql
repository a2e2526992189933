-- People who represent enterprises. They are global: one person may represent several.
create table representative (
  id             uuid   not null primary key,
  document_index bytea  not null unique, -- keyed hash of the ID document
  person         bytea  not null,        -- sealed
  created_at     bigint not null
);

create table enterprise_representative (
  enterprise_id     bigint not null references enterprise (id),
  representative_id uuid   not null references representative (id),
  created_at        bigint not null,
  primary key (enterprise_id, representative_id)
);
create index enterprise_representative_by_person on enterprise_representative (representative_id, enterprise_id);

create table passkey (
  credential_id     bytea  not null primary key,
  representative_id uuid   not null references representative (id),
  passkey           bytea  not null, -- sealed
  created_at        bigint not null,
  used_at           bigint
);
create index passkey_by_representative on passkey (representative_id);

-- One-time links. Only a hash of the token is kept.
create table enrolment (
  token_hash        bytea  not null primary key,
  representative_id uuid   not null references representative (id),
  tries_left        bigint not null,
  created_at        bigint not null,
  expires_at        bigint not null,
  used_at           bigint
);

-- The server's half of a passkey ceremony under way.
create table ceremony (
  token_hash bytea  not null primary key,
  state      bytea  not null, -- sealed
  expires_at bigint not null
);

create table session (
  token_hash        bytea  not null primary key,
  representative_id uuid   not null references representative (id),
  level             text   not null,
  verified_at       bigint not null,
  created_at        bigint not null,
  seen_at           bigint not null,
  expires_at        bigint not null
);
create index session_by_representative on session (representative_id);

-- People who declare. `standing` is 'matched', or 'to-verify' when a second device claimed the same ID document.
create table employee (
  enterprise_id  bigint not null references enterprise (id),
  id             uuid   not null,
  change         bigint not null,
  document_index bytea  not null, -- keyed hash of the ID document
  standing       text   not null,
  person         bytea  not null, -- sealed
  created_at     bigint not null,
  primary key (enterprise_id, id)
);
create unique index employee_by_change on employee (enterprise_id, change);
create index employee_by_document on employee (enterprise_id, document_index);

-- What remembers an employee on their phone. Only a hash of the secret is kept.
create table device (
  enterprise_id bigint not null,
  secret_hash   bytea  not null,
  employee_id   uuid   not null,
  level         text   not null,
  created_at    bigint not null,
  ended_at      bigint,
  primary key (enterprise_id, secret_hash),
  foreign key (enterprise_id, employee_id) references employee (enterprise_id, id)
);

create table consent (
  enterprise_id bigint not null,
  employee_id   uuid   not null,
  kind          text   not null,
  version       bigint not null,
  given_at      bigint not null,
  primary key (enterprise_id, employee_id, kind, version, given_at),
  foreign key (enterprise_id, employee_id) references employee (enterprise_id, id)
);
