-- A verification by an identity provider that is under way, for minutes. Only hashes of the browser's secret and of the state
-- are kept; there is no state once the provider has answered.
create table flow (
  secret_hash bytea  not null primary key,
  state_hash  bytea,
  content     bytea  not null, -- sealed
  expires_at  bigint not null
);
create index flow_by_expiry on flow (expires_at);

-- Who a representative is to an identity provider: keyed hashes of issuer and subject, and of the issuer alone.
create table representative_identity (
  subject_index     bytea  not null primary key,
  issuer_index      bytea  not null,
  representative_id uuid   not null references representative (id),
  created_at        bigint not null
);
create unique index representative_identity_by_person on representative_identity (representative_id, issuer_index);

-- The same for an employee, under the keys of their enterprise.
create table identity (
  enterprise_id bigint not null,
  subject_index bytea  not null,
  issuer_index  bytea  not null,
  employee_id   uuid   not null,
  created_at    bigint not null,
  primary key (enterprise_id, subject_index),
  foreign key (enterprise_id, employee_id) references employee (enterprise_id, id)
);
create unique index identity_by_employee on identity (enterprise_id, employee_id, issuer_index);
