-- Which versions of questionnaires were ever answered, in any enterprise: so that a server can say at its start whose file is gone, without
-- reading every declaration.
create table answered_version (
  questionnaire text   not null,
  version       bigint not null,
  primary key (questionnaire, version)
);
insert into answered_version (questionnaire, version) select distinct questionnaire, version from declaration;
