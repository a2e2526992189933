-- What declarations raise: one row per person and day. It goes with the employee, and in its time with the declarations.
create table alert (
  enterprise_id bigint not null,
  id            blob   not null, -- a keyed hash of the person and the day
  employee_id   blob   not null,
  day           date   not null, -- in the enterprise's time zone
  severity      bigint not null, -- 1: attention, 2: urgent
  state         text   not null, -- 'new', 'seen', 'contacted', 'isolated', 'in-care', 'resolved'
  raised_at     bigint not null, -- or when it became worse last
  reason        blob   not null, -- sealed: which rules held, and their words
  rules_hash    text   not null, -- keyed hashes of those rules, each between blanks
  change        bigint not null, -- of the declaration that raised it, or made it worse
  primary key (enterprise_id, id),
  foreign key (enterprise_id, employee_id) references employee (enterprise_id, id) on delete cascade
);
create unique index alert_by_day on alert (enterprise_id, employee_id, day);
create index alert_by_severity on alert (enterprise_id, severity desc, raised_at desc, id desc);
create index alert_by_change on alert (enterprise_id, change);
create index alert_open on alert (enterprise_id, state) where state <> 'resolved';

-- What became of an alert, in order: who, when, and with which note.
create table alert_step (
  enterprise_id bigint not null,
  id            blob   not null,
  alert_id      blob   not null,
  number        bigint not null,
  what          text   not null, -- 'raised', 'worsened', 'milder', or the state that it was given
  viewer_id     blob,            -- none: by a declaration
  at            bigint not null,
  note          blob,            -- sealed
  primary key (enterprise_id, id),
  foreign key (enterprise_id, alert_id) references alert (enterprise_id, id) on delete cascade
);
create unique index alert_step_by_number on alert_step (enterprise_id, alert_id, number);

-- The rules that a person's lasting symptoms set off: alone they raise no alert.
create table lasting (
  enterprise_id bigint not null,
  employee_id   blob   not null,
  rules         blob   not null, -- sealed
  primary key (enterprise_id, employee_id),
  foreign key (enterprise_id, employee_id) references employee (enterprise_id, id) on delete cascade
);

-- So many things a message stands for: of one enterprise's alerts there is one that was not read.
alter table message add column count bigint not null default 1;
create unique index message_folded on message (enterprise_id, viewer_id) where kind = 'alert' and read_at is null;
