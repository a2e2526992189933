-- One row per submission; the highest `change` of a person and day counts, the others are its history.
-- `change` is the enterprise's counter at that transaction and the number on the receipt.
create table declaration (
  enterprise_id  bigint not null,
  change         bigint not null,
  employee_id    blob   not null,
  day            date   not null, -- in the enterprise's time zone
  submitted_at   bigint not null,
  submission_key blob   not null, -- made with the form: recognises a repeated submission
  questionnaire  text   not null,
  version        bigint not null,
  record         blob   not null, -- sealed, bound to the submission key
  primary key (enterprise_id, change),
  foreign key (enterprise_id, employee_id) references employee (enterprise_id, id)
) without rowid;
create unique index declaration_by_submission on declaration (enterprise_id, submission_key);
create index declaration_by_employee on declaration (enterprise_id, employee_id, change);
