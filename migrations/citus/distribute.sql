-- Spreads the tables over the machines of a Citus cluster. Nothing applies this file by itself: `shenbao migrate` makes the tables on the
-- coordinator, then whoever has chosen Citus runs it once, as the owner of the tables, while no server runs. docs/scale.md says when.
--
--   psql --set ON_ERROR_STOP=1 --single-transaction --file migrations/citus/distribute.sql "$SHENBAO_DATABASE_URL"

-- What belongs to no enterprise and is asked for beside rows of any: a copy on each machine.
select create_reference_table('viewer');
select create_reference_table('viewer_identity');
select create_reference_table('passkey');
select create_reference_table('enrolment');
select create_reference_table('enterprise_code');
select create_reference_table('answered_version');

-- What belongs to no enterprise and is only found by its own key.
select create_distributed_table('session',  'token_hash',  colocate_with => 'none');
select create_distributed_table('ceremony', 'token_hash',  colocate_with => 'none');
select create_distributed_table('flow',     'secret_hash', colocate_with => 'none');

-- A code is unique by its row in enterprise_code. Here only what begins with the enterprise can be unique.
alter table enterprise drop constraint enterprise_uscc_key;
create index enterprise_by_uscc on enterprise (uscc);

-- Everything of one enterprise lies on one machine. Referenced tables go first.
select create_distributed_table('enterprise', 'id', colocate_with => 'none');
select create_distributed_table('data_key',                  'enterprise_id', colocate_with => 'enterprise');
select create_distributed_table('audit',                     'enterprise_id', colocate_with => 'enterprise');
select create_distributed_table('audit_head',                'enterprise_id', colocate_with => 'enterprise');
select create_distributed_table('invitation',                'enterprise_id', colocate_with => 'enterprise');
select create_distributed_table('enterprise_representative', 'enterprise_id', colocate_with => 'enterprise');
select create_distributed_table('manager_invitation',        'enterprise_id', colocate_with => 'enterprise');
select create_distributed_table('manager_request',           'enterprise_id', colocate_with => 'enterprise');
select create_distributed_table('manager_grant',             'enterprise_id', colocate_with => 'enterprise');
select create_distributed_table('grant_department',          'enterprise_id', colocate_with => 'enterprise');
select create_distributed_table('message',                   'enterprise_id', colocate_with => 'enterprise');
select create_distributed_table('department',                'enterprise_id', colocate_with => 'enterprise');
select create_distributed_table('questionnaire_choice',      'enterprise_id', colocate_with => 'enterprise');
select create_distributed_table('share',                     'enterprise_id', colocate_with => 'enterprise');
select create_distributed_table('tablet',                    'enterprise_id', colocate_with => 'enterprise');
select create_distributed_table('gate_key',                  'enterprise_id', colocate_with => 'enterprise');
select create_distributed_table('gate_contact',              'enterprise_id', colocate_with => 'enterprise');
select create_distributed_table('channel',                   'enterprise_id', colocate_with => 'enterprise');
select create_distributed_table('outbox',                    'enterprise_id', colocate_with => 'enterprise');
select create_distributed_table('reminder_plan',             'enterprise_id', colocate_with => 'enterprise');
select create_distributed_table('reminder',                  'enterprise_id', colocate_with => 'enterprise');
select create_distributed_table('roster_entry',              'enterprise_id', colocate_with => 'enterprise');
select create_distributed_table('roster_upload',             'enterprise_id', colocate_with => 'enterprise');
select create_distributed_table('roster_staged',             'enterprise_id', colocate_with => 'enterprise');
select create_distributed_table('employee',                  'enterprise_id', colocate_with => 'enterprise');
select create_distributed_table('device',                    'enterprise_id', colocate_with => 'enterprise');
select create_distributed_table('consent',                   'enterprise_id', colocate_with => 'enterprise');
select create_distributed_table('identity',                  'enterprise_id', colocate_with => 'enterprise');
select create_distributed_table('request',                   'enterprise_id', colocate_with => 'enterprise');
select create_distributed_table('declaration',               'enterprise_id', colocate_with => 'enterprise');
select create_distributed_table('roster_decision',           'enterprise_id', colocate_with => 'enterprise');
select create_distributed_table('alert',                     'enterprise_id', colocate_with => 'enterprise');
select create_distributed_table('alert_step',                'enterprise_id', colocate_with => 'enterprise');
select create_distributed_table('lasting',                   'enterprise_id', colocate_with => 'enterprise');
select create_distributed_table('reminder_notice',           'enterprise_id', colocate_with => 'enterprise');
