-- After a fresh verification a session may take an enterprise's data out of the house, for a while.
alter table session add column export_enterprise_id bigint;
alter table session add column export_until bigint;

-- Employees are told of exports that may hold them.
create index audit_exports on audit (enterprise_id, number) where action in ('export-people', 'export-declarations');
