-- Which enterprise has a code (USCC): what makes a code unique where enterprises are spread over several machines, and the row of one
-- is found by its id alone.
create table enterprise_code (
  uscc          text   not null primary key,
  enterprise_id bigint not null
);
insert into enterprise_code (uscc, enterprise_id) select uscc, id from enterprise;
