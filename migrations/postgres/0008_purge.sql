-- The change at which people or declarations of this enterprise were last purged: what was read before it is to be read anew.
alter table enterprise add column purged bigint not null default 0;

-- For whoever goes, and whether a device still stands for them.
create index device_by_employee on device (enterprise_id, employee_id);

-- PostgreSQL keeps samples of a column's values in its statistics, where they outlive their rows. Nothing is planned by what is sealed.
alter table employee       alter column person  type bytea, alter column person  set statistics 0;
alter table declaration    alter column record  type bytea, alter column record  set statistics 0;
alter table representative alter column person  type bytea, alter column person  set statistics 0;
alter table invitation     alter column code    type bytea, alter column code    set statistics 0;
alter table passkey        alter column passkey type bytea, alter column passkey set statistics 0, alter column name set statistics 0;
alter table ceremony       alter column state   type bytea, alter column state   set statistics 0;
alter table flow           alter column content type bytea, alter column content set statistics 0;
