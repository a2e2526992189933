-- Who did what to whom, in each enterprise; enterprise 0 holds what belongs to none. `chain` is a keyed hash over the row and the
-- chain before it. No row is ever changed, and the oldest go only as a whole when their time is over.
create table audit (
  enterprise_id bigint not null,
  number        bigint not null, -- 1, 2, 3 … without a gap
  at            bigint not null,
  actor         text   not null, -- 'representative', 'manager', 'employee', 'operator', 'server'
  actor_id      uuid,             -- whose, where it is a person
  action        text   not null,
  object_id     uuid,             -- to whom or to what
  chain         bytea  not null,
  primary key (enterprise_id, number)
);
create index audit_by_object on audit (enterprise_id, object_id, number);

-- The last row of each enterprise's chain. `seal` is a keyed hash over both: rows cannot be cut off unseen.
create table audit_head (
  enterprise_id bigint not null primary key,
  number        bigint not null,
  chain         bytea  not null,
  seal          bytea  not null
);
