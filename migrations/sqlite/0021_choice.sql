-- Which questionnaire took the place of which, and when: what the audit tells of it. `id` is a keyed hash over the rest.
create table questionnaire_choice (
  enterprise_id bigint not null references enterprise (id),
  id            blob   not null,
  chosen_at     bigint not null,
  before        text   not null, -- the code of the one that was in force
  after         text   not null,
  primary key (enterprise_id, id)
);

-- The one that was in force before, and until when: whoever had its form open may still send it.
alter table enterprise add column questionnaire_before text;
alter table enterprise add column questionnaire_since bigint;

-- The viewer by whose word somebody agreed, for whom they declared; none where the person said so.
alter table consent add column given_by blob;
