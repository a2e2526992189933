-- The day on which a manager used a grant last, as the last moment that was written down.
alter table manager_grant add column seen_at bigint;

create index viewer_by_enterprise on viewer (enterprise_id) where enterprise_id is not null;
create index enrolment_by_viewer on enrolment (viewer_id);
create index manager_grant_by_granter on manager_grant (granted_by);
