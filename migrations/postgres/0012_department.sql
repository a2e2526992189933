-- Departments of an enterprise: 1, 2, 3 … The row of one that was removed stays, so that its number never means another.
create table department (
  enterprise_id bigint not null references enterprise (id),
  id            bigint not null,
  name          text   not null,
  created_at    bigint not null,
  ended_at      bigint,
  primary key (enterprise_id, id)
);
create unique index department_by_name on department (enterprise_id, name) where ended_at is null;

-- None: of no department, or of one that was removed.
alter table employee add column department_id bigint;
