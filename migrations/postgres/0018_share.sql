-- Statistics that are shared with whoever has the link: frozen, rounded, without anyone in them.
create table share (
  enterprise_id bigint not null references enterprise (id),
  id            uuid   not null,
  token_hash    bytea  not null,
  snapshot      bytea  not null, -- sealed
  created_at    bigint not null,
  expires_at    bigint not null, -- earlier than it was made for, where it was taken back
  views         bigint not null default 0,
  primary key (enterprise_id, id)
);
create unique index share_by_token on share (enterprise_id, token_hash);

-- As in 0008: no samples of what is sealed.
alter table share alter column snapshot set statistics 0;
