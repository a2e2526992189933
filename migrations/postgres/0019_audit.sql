-- Whoever signs in reads what they did themselves.
create index audit_by_actor on audit (enterprise_id, actor_id, number);
