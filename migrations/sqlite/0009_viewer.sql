-- People who sign in: representatives, and the managers whom they authorise. What was sealed under the first name of the table
-- stays bound to it.
alter table representative rename to viewer;
alter table session rename column representative_id to viewer_id;
alter table passkey rename column representative_id to viewer_id;
alter table enrolment rename column representative_id to viewer_id;
alter table representative_identity rename to viewer_identity;
alter table viewer_identity rename column representative_id to viewer_id;
