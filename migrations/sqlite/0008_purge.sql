-- The change at which people or declarations of this enterprise were last purged: what was read before it is to be read anew.
alter table enterprise add column purged bigint not null default 0;

-- For whoever goes, and whether a device still stands for them.
create index device_by_employee on device (enterprise_id, employee_id);
