-- The data keys of each enterprise, wrapped by a key of the key file. Enterprise 0 holds what belongs to no enterprise.
create table data_key (
  enterprise_id bigint not null,
  version       bigint not null,
  master_key    text   not null,
  wrapped       bytea  not null,
  created_at    bigint not null,
  primary key (enterprise_id, version)
);
