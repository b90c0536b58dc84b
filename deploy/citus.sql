-- Beyond one primary: learners' rows spread over several machines by Citus, each learner's together on one of them.
-- Once, by psql, while the site is stopped (docs/scaling.md). The first half runs on any PostgreSQL, and Cairn works with
-- it as before: make scale runs it. The second half was never run; it needs the extension on every machine.

-- Of a distributed table every key holds the column by which it is distributed. What is unique of a learner has it already.
DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY[
    'change', 'checkpointtick', 'evidence', 'follow', 'letter', 'mark', 'note', 'pendingimport', 'plan', 'recall', 'report',
    'review', 'suggestion'
  ] LOOP
    EXECUTE format('ALTER TABLE progress_%1$s DROP CONSTRAINT progress_%1$s_pkey,
      ADD CONSTRAINT progress_%1$s_pkey PRIMARY KEY (learner_id, id)', name);
    -- A row that is saved again (a note, a plan, an answer taken back) is looked for by its id alone.
    EXECUTE format('CREATE INDEX progress_%1$s_by_id ON progress_%1$s (id)', name);
  END LOOP;
END $$;

-- 256 random bits: nobody else's is the same. Calendars are looked for by it.
ALTER TABLE progress_plan DROP CONSTRAINT progress_plan_token_key, ADD CONSTRAINT progress_plan_token_key UNIQUE (learner_id, token);
CREATE INDEX progress_plan_by_token ON progress_plan (token);

-- The learner is distributed by its own id. That an account has one learner is from then on the application's word alone:
-- it makes one when the account signs in for the first time.
ALTER TABLE progress_learner DROP CONSTRAINT progress_learner_uid_key, ADD CONSTRAINT progress_learner_uid_key UNIQUE (id, uid);
ALTER TABLE progress_learner DROP CONSTRAINT progress_learner_user_id_key, ADD CONSTRAINT progress_learner_user_id_key UNIQUE (id, user_id);
CREATE INDEX progress_learner_by_uid ON progress_learner (uid);
CREATE INDEX progress_learner_by_user ON progress_learner (user_id);

-- From here on Citus is needed.
CREATE EXTENSION IF NOT EXISTS citus;

-- Whole on every machine: who somebody is, and content, which learners' rows name. Few writes. Parents first.
SELECT create_reference_table('accounts_user');
SELECT create_reference_table('account_emailaddress');
SELECT create_reference_table('roadmap_roadmap');
SELECT create_reference_table('roadmap_skill');
SELECT create_reference_table('roadmap_phase');
SELECT create_reference_table('roadmap_section');
SELECT create_reference_table('roadmap_group');
SELECT create_reference_table('roadmap_placement');
SELECT create_reference_table('roadmap_resource');
SELECT create_reference_table('roadmap_checkpoint');
SELECT create_reference_table('roadmap_question');

-- A learner and all that is theirs, on one machine: a mark, an undo, a page of theirs asks no other.
SELECT create_distributed_table('progress_learner', 'id');
SELECT create_distributed_table('progress_mark', 'learner_id', colocate_with => 'progress_learner');
SELECT create_distributed_table('progress_change', 'learner_id', colocate_with => 'progress_learner');
SELECT create_distributed_table('progress_follow', 'learner_id', colocate_with => 'progress_learner');
SELECT create_distributed_table('progress_checkpointtick', 'learner_id', colocate_with => 'progress_learner');
SELECT create_distributed_table('progress_note', 'learner_id', colocate_with => 'progress_learner');
SELECT create_distributed_table('progress_evidence', 'learner_id', colocate_with => 'progress_learner');
SELECT create_distributed_table('progress_review', 'learner_id', colocate_with => 'progress_learner');
SELECT create_distributed_table('progress_recall', 'learner_id', colocate_with => 'progress_learner');
SELECT create_distributed_table('progress_plan', 'learner_id', colocate_with => 'progress_learner');
SELECT create_distributed_table('progress_letter', 'learner_id', colocate_with => 'progress_learner');
SELECT create_distributed_table('progress_report', 'learner_id', colocate_with => 'progress_learner');
SELECT create_distributed_table('progress_suggestion', 'learner_id', colocate_with => 'progress_learner');
SELECT create_distributed_table('progress_pendingimport', 'learner_id', colocate_with => 'progress_learner');

-- Sessions, accounts' other tables, the security log, curators' tables and the cache stay where they are, on the coordinator.
