-- Times are milliseconds since 1970 in UTC. `change` counts everything that happened to people of this enterprise.
create table enterprise (
  id            bigint not null primary key,
  uscc          text   not null unique,
  name          text   not null,
  timezone      text   not null,
  questionnaire text   not null,
  change        bigint not null default 0,
  created_at    bigint not null
);

-- A code that employees scan. A replaced one stays valid until `valid_until`.
create table invitation (
  enterprise_id bigint not null references enterprise (id),
  code_hash     blob   not null,
  code          blob   not null, -- sealed
  created_at    bigint not null,
  valid_until   bigint,
  primary key (enterprise_id, code_hash)
);
