-- Who is expected to declare. An entry finds its employee by the same keyed hash of the ID document.
create table roster_entry (
  enterprise_id  bigint not null references enterprise (id),
  id             uuid   not null,
  change         bigint not null,
  document_index bytea  not null,
  department_id  bigint,
  left_on        date,            -- from that day on nobody waits for them
  person         bytea  not null, -- sealed: who it is, where, and since when
  primary key (enterprise_id, id)
);
create unique index roster_entry_by_document on roster_entry (enterprise_id, document_index);
create index roster_entry_by_change on roster_entry (enterprise_id, change);

-- What was decided about somebody who declares and whose document is on no entry. It goes with the employee.
create table roster_decision (
  enterprise_id bigint not null,
  employee_id   uuid   not null,
  change        bigint not null,
  decision      text   not null, -- 'merged', 'rejected', 'open'
  entry_id      uuid,            -- into which they were merged
  primary key (enterprise_id, employee_id),
  foreign key (enterprise_id, employee_id) references employee (enterprise_id, id) on delete cascade,
  foreign key (enterprise_id, entry_id) references roster_entry (enterprise_id, id) on delete cascade
);
create index roster_decision_by_change on roster_decision (enterprise_id, change);
create index roster_decision_by_entry on roster_decision (enterprise_id, entry_id);

-- A file that was sent and is not imported yet: one at a time, for an hour.
create table roster_upload (
  enterprise_id bigint not null references enterprise (id),
  id            uuid   not null,
  state         text   not null, -- 'reading', 'refused', 'ready', 'done'
  roster        bigint not null, -- the last change of the roster with which the file was compared
  done          bigint not null, -- rows
  total         bigint not null,
  report        bytea,            -- sealed
  created_at    bigint not null,
  primary key (enterprise_id, id)
);

-- Its rows, as they would be written.
create table roster_staged (
  enterprise_id  bigint not null,
  upload_id      uuid   not null,
  place          bigint not null, -- of the department, in the report; -1: not in the file
  id             uuid   not null,
  document_index bytea  not null,
  left_on        date,
  person         bytea,            -- sealed
  primary key (enterprise_id, upload_id, place, id),
  foreign key (enterprise_id, upload_id) references roster_upload (enterprise_id, id) on delete cascade
);

-- How many people there are, where there is no roster; and the last change of the roster.
alter table enterprise add column head_count bigint;
alter table enterprise add column roster bigint not null default 0;

-- As in 0008: no samples of what is sealed.
alter table roster_entry  alter column person set statistics 0;
alter table roster_upload alter column report set statistics 0;
alter table roster_staged alter column person set statistics 0;
