-- The version of the notice to which a person's consents stand: the lower of the two, or 0 where one was withdrawn. With the
-- device that declares it is read in one look-up.
alter table employee add column agreed bigint not null default 0;
update employee set agreed = coalesce(
  (select max(version) from consent where consent.enterprise_id = employee.enterprise_id and consent.employee_id = employee.id), 0);
alter table consent add column withdrawn_at bigint;

-- What employees ask of their enterprise about their own data. It goes with the employee.
create table request (
  enterprise_id bigint not null,
  id            uuid   not null,
  employee_id   uuid   not null,
  kind          text   not null, -- 'correction', 'deletion'
  state         text   not null, -- 'new', 'done', 'refused'
  note          bytea  not null, -- sealed
  reason        bytea,          -- sealed; why it was refused
  created_at    bigint not null,
  settled_at    bigint,
  primary key (enterprise_id, id),
  foreign key (enterprise_id, employee_id) references employee (enterprise_id, id) on delete cascade
);
create index request_by_employee on request (enterprise_id, employee_id);
create index request_by_state on request (enterprise_id, state, created_at);

-- Where an enterprise's entries begin once the oldest have gone: the number and the chain of the last that went, sealed.
alter table audit_head add column begin_number bigint not null default 0;
alter table audit_head add column begin_chain bytea;
alter table audit_head add column begin_seal bytea;

-- As in 0008: no samples of what is sealed.
alter table request alter column note set statistics 0, alter column reason set statistics 0;
