-- After a fresh verification a session may take an enterprise's data out of the house, for a while.
alter table session add column export_enterprise_id bigint;
alter table session add column export_until bigint;
