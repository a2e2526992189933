-- With what an enterprise signs the passes that its people show at the gate.
create table gate_key (
  enterprise_id bigint not null primary key references enterprise (id),
  public_key    blob   not null, -- Ed25519
  secret        blob   not null, -- sealed
  created_at    bigint not null
);

-- Whom employees can call in the enterprise.
create table gate_contact (
  enterprise_id bigint not null primary key references enterprise (id),
  contact       blob   not null, -- sealed
  changed_at    bigint not null
);
