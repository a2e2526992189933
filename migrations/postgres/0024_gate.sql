-- With what an enterprise signs the passes that its people show at the gate.
create table gate_key (
  enterprise_id bigint not null primary key references enterprise (id),
  public_key    bytea  not null, -- Ed25519
  secret        bytea  not null, -- sealed
  created_at    bigint not null
);

-- Whom employees can call in the enterprise.
create table gate_contact (
  enterprise_id bigint not null primary key references enterprise (id),
  contact       bytea  not null, -- sealed
  changed_at    bigint not null
);

alter table gate_key     alter column secret  set statistics 0;
alter table gate_contact alter column contact set statistics 0;
