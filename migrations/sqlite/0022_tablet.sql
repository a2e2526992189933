-- Devices of an enterprise at which many employees declare, one after the other.
create table tablet (
  enterprise_id bigint not null references enterprise (id),
  id            blob   not null,
  name          text   not null, -- where it stands
  link_hash     blob  not null, -- of the link by which a device becomes it, once
  link_until    bigint not null,
  secret_hash   blob, -- of what that device holds; none before
  created_at    bigint not null,
  set_up_at     bigint,
  ended_at      bigint,
  primary key (enterprise_id, id)
);
create unique index tablet_by_link on tablet (enterprise_id, link_hash);
create unique index tablet_by_secret on tablet (enterprise_id, secret_hash);
