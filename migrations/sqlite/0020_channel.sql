-- Where an enterprise has its reminders and alerts sent.
create table channel (
  enterprise_id bigint not null references enterprise (id),
  id            blob   not null,
  kind          text   not null, -- 'mail', 'personal', 'wecom', 'dingtalk', 'feishu', 'webhook'
  settings      blob   not null, -- sealed: name, address, secret
  told          bigint not null, -- bits: 1 reminders, 2 the names of those who are missing, 4 alerts
  created_at    bigint not null,
  paused_at     bigint,
  pause         text,            -- 'viewer', or 'dismissed': by the end of a representative
  primary key (enterprise_id, id)
);

-- What is on its way to them. Of the alerts of a channel one row gathers all, until it is sent.
create table outbox (
  enterprise_id bigint not null,
  channel_id    blob   not null,
  id            blob   not null,
  kind          text   not null, -- 'reminder', 'personal', 'alert', 'test'
  count         bigint not null,
  payload       blob,            -- sealed; none of alerts, and of what was sent
  state         text   not null, -- 'waiting', 'sent', 'dead'
  tries         bigint not null,
  created_at    bigint not null,
  due_at        bigint not null,
  claimed_until bigint not null, -- 0: nobody has begun to send it
  error         text,            -- a code of ours
  done_at       bigint,          -- when it was sent, or given up
  primary key (enterprise_id, channel_id, id),
  foreign key (enterprise_id, channel_id) references channel (enterprise_id, id) on delete cascade
);
create index outbox_due on outbox (due_at) where state = 'waiting';
create index outbox_dead on outbox (enterprise_id, created_at) where state = 'dead';
create unique index outbox_folded on outbox (enterprise_id, channel_id)
  where kind = 'alert' and state = 'waiting' and tries = 0 and claimed_until = 0;

-- When an enterprise has reminders sent.
create table reminder_plan (
  enterprise_id bigint  not null references enterprise (id),
  times         text    not null, -- minutes of the day, between blanks
  days          bigint  not null, -- bits: 1 Monday to 64 Sunday; 0: working days
  paused        boolean not null,
  words         blob,             -- sealed: what the representative has said
  changed_at    bigint  not null,
  primary key (enterprise_id)
);

-- What was sent, or left out.
create table reminder (
  enterprise_id bigint not null references enterprise (id),
  id            blob   not null,
  day           date   not null,
  minute        bigint,          -- of the plan; none: by hand
  viewer_id     blob,            -- none: by the plan
  at            bigint not null,
  state         text   not null, -- 'sent', 'nobody', 'unknown', 'skipped'
  outcome       blob   not null, -- sealed: how many are missing, and how many were told by what
  primary key (enterprise_id, id)
);
create unique index reminder_once on reminder (enterprise_id, day, minute) where minute is not null;
create index reminder_by_time on reminder (enterprise_id, at);

-- Whom the last reminder of a day was about, where they have declared before: they read of it themselves.
create table reminder_notice (
  enterprise_id bigint not null,
  employee_id   blob   not null,
  day           date   not null,
  at            bigint not null,
  primary key (enterprise_id, employee_id),
  foreign key (enterprise_id, employee_id) references employee (enterprise_id, id) on delete cascade
);

-- Of one enterprise's reminders there is one message that was not read.
create unique index message_reminder on message (enterprise_id, viewer_id) where kind = 'reminder' and read_at is null;
