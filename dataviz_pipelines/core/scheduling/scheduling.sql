-- name: claim_due
-- Jobs whose time has come, that no other ticker works on. Finishing a run takes the same lock on its job.
SELECT job.id, job.name, job.schedule_expression, job.timezone, job.run_at, job.starts_at, job.ends_at, job.run_policy,
    job.is_active, job.pause_reason, job.next_run_at, job.created_by, coalesce(owner.is_active, true) AS owner_is_active,
    live.running, live.queued
FROM scheduler_jobs AS job
LEFT JOIN users AS owner ON owner.id = job.created_by
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE status = 'running') AS running, count(*) FILTER (WHERE status = 'queued') AS queued
    FROM scheduler_job_runs WHERE job_id = job.id AND status IN ('queued', 'running')
) AS live
WHERE job.next_run_at <= %(now)s
ORDER BY job.next_run_at
LIMIT %(most)s
FOR NO KEY UPDATE OF job SKIP LOCKED

-- name: next_light
-- The index on what is due answers it, whatever the number of jobs.
SELECT next_run_at FROM scheduler_jobs
WHERE next_run_at > %(now)s AND next_run_at <= %(until)s AND is_active AND job_type <> ALL(%(heavy)s)
ORDER BY next_run_at
LIMIT 1

-- name: insert_slots
INSERT INTO scheduler_job_runs
    (id, run_id, job_id, status, scheduled_for, cause, skip_reason, not_before, priority, completed_at)
SELECT id, id::text, job_id, status, slot, cause, skip_reason, not_before, priority,
    CASE WHEN status = 'skipped' THEN %(now)s::timestamptz END
FROM unnest(%(ids)s::uuid[], %(job_ids)s::uuid[], %(statuses)s::text[], %(slots)s::timestamptz[], %(causes)s::text[],
    %(skip_reasons)s::text[], %(not_befores)s::timestamptz[], %(priorities)s::int[])
    AS slot (id, job_id, status, slot, cause, skip_reason, not_before, priority)
ON CONFLICT (job_id, scheduled_for) WHERE scheduled_for IS NOT NULL DO NOTHING

-- name: advance
UPDATE scheduler_jobs AS job SET next_run_at = planned.next_run_at
FROM unnest(%(job_ids)s::uuid[], %(nexts)s::timestamptz[]) AS planned (id, next_run_at)
WHERE job.id = planned.id

-- name: cancel_queued
UPDATE scheduler_job_runs SET status = 'cancelled', completed_at = %(now)s, error_log = %(said)s
WHERE status = 'queued' AND cause <> 'dagster' AND {which}

-- name: ask_to_cancel
-- A run that Dagster started of its own waits in Dagster's queue, which has to be told.
UPDATE scheduler_job_runs SET cancel_requested = true
WHERE (status = 'running' OR status = 'queued' AND cause = 'dagster') AND {which}

-- name: to_cancel_in_dagster
SELECT dagster_run_id FROM scheduler_job_runs
WHERE cause = 'dagster' AND cancel_requested AND status IN ('queued', 'running') AND dagster_run_id IS NOT NULL

-- name: insert_run
INSERT INTO scheduler_job_runs (id, run_id, job_id, status, cause, priority)
VALUES (%(id)s, %(id)s::text, %(job_id)s, 'queued', 'manual', %(priority)s)

-- name: backfill
-- A slot that was skipped, or cancelled before it began, is run after all; one that was run stays as it is.
INSERT INTO scheduler_job_runs (id, run_id, job_id, status, scheduled_for, cause, priority)
SELECT id, id::text, %(job_id)s, 'queued', slot, 'backfill', %(priority)s
FROM unnest(%(ids)s::uuid[], %(slots)s::timestamptz[]) AS slot (id, slot)
ON CONFLICT (job_id, scheduled_for) WHERE scheduled_for IS NOT NULL
DO UPDATE SET status = 'queued', cause = 'backfill', skip_reason = NULL, not_before = NULL, completed_at = NULL,
    batch_id = NULL, dagster_run_id = NULL, cancel_requested = false, error_log = NULL
WHERE scheduler_job_runs.status = 'skipped' OR scheduler_job_runs.status = 'cancelled' AND scheduler_job_runs.started_at IS NULL
RETURNING id

-- name: dispatchable
-- Runs that may start now, and that no Dagster run is to be asked for yet. Unless its job allows overlap, a run waits for
-- those before it.
SELECT run.id, job.job_type
FROM scheduler_job_runs AS run JOIN scheduler_jobs AS job ON job.id = run.job_id
WHERE run.status = 'queued' AND run.batch_id IS NULL AND run.cause <> 'dagster'
    AND (run.not_before IS NULL OR run.not_before <= %(now)s)
    AND (job.run_policy ->> 'overlap' = 'allow' OR NOT EXISTS (
        SELECT FROM scheduler_job_runs AS other
        WHERE other.job_id = run.job_id AND other.id <> run.id AND other.status IN ('queued', 'running')
            AND (other.status = 'running' OR other.batch_id IS NOT NULL OR other.id < run.id)
    ))
ORDER BY run.priority DESC, run.id
LIMIT %(most)s
FOR NO KEY UPDATE OF run SKIP LOCKED

-- name: assign
UPDATE scheduler_job_runs AS run SET batch_id = batch.batch_id
FROM unnest(%(run_ids)s::uuid[], %(batch_ids)s::uuid[]) AS batch (run_id, batch_id)
WHERE run.id = batch.run_id

-- name: waiting_batch
-- A batch of the same kind that no Dagster run has begun, and that has room.
SELECT run.batch_id, count(*)
FROM scheduler_job_runs AS run JOIN scheduler_jobs AS job ON job.id = run.job_id
WHERE run.status = 'queued' AND run.batch_id IS NOT NULL AND job.job_type <> ALL(%(heavy)s)
GROUP BY run.batch_id
HAVING count(run.dagster_run_id) = 0 AND count(*) < %(most)s
LIMIT 1

-- name: lock_batch
SELECT pg_advisory_xact_lock(hashtextextended('scheduler batch ' || %(batch_id)s, 0))

-- name: live_batches
SELECT run.batch_id, max(run.dagster_run_id), min(job.job_type), max(run.priority), count(*), min(job.name)
FROM scheduler_job_runs AS run JOIN scheduler_jobs AS job ON job.id = run.job_id
WHERE run.status IN ('queued', 'running') AND run.batch_id IS NOT NULL
GROUP BY run.batch_id
ORDER BY max(run.priority) DESC, run.batch_id

-- name: batch_runs
SELECT id, status, attempt FROM scheduler_job_runs WHERE batch_id = %(batch_id)s AND status IN ('queued', 'running') ORDER BY id

-- name: lock_run
SELECT pg_try_advisory_lock(hashtextextended('scheduler run ' || %(run_id)s, 0))

-- name: unlock_run
SELECT pg_advisory_unlock(hashtextextended('scheduler run ' || %(run_id)s, 0))

-- name: lock_ending
SELECT pg_try_advisory_lock(hashtextextended('scheduler ending ' || %(run_id)s, 0))

-- name: unlock_ending
SELECT pg_advisory_unlock(hashtextextended('scheduler ending ' || %(run_id)s, 0))

-- name: lock_ending_in_transaction
SELECT pg_try_advisory_xact_lock(hashtextextended('scheduler ending ' || %(run_id)s, 0))

-- name: lock_run_in_transaction
SELECT pg_try_advisory_xact_lock(hashtextextended('scheduler run ' || %(run_id)s, 0))

-- name: take_batch
UPDATE scheduler_job_runs AS run SET dagster_run_id = %(dagster_run_id)s
FROM scheduler_jobs AS job
WHERE job.id = run.job_id AND run.batch_id = %(batch_id)s AND run.status = 'queued'
RETURNING run.id, run.priority, job.id, job.name, job.job_type, job.run_policy, run.attempt

-- name: give_back
-- Of a batch whose workers are all busy.
UPDATE scheduler_job_runs SET batch_id = NULL, dagster_run_id = NULL
WHERE id = ANY(%(run_ids)s) AND batch_id = %(batch_id)s AND status = 'queued'

-- name: start
UPDATE scheduler_job_runs AS run SET status = 'running', started_at = %(now)s
FROM scheduler_jobs AS job
WHERE job.id = run.job_id AND run.id = %(run_id)s AND run.status = 'queued' AND run.batch_id = %(batch_id)s
RETURNING job.id, job.name, job.job_type, job.job_config, job.connection_config, job.created_by, job.target_resource_id,
    job.timezone, run.run_id, run.scheduled_for, run.attempt

-- name: is_cancel_requested
-- No row: the try is over, whoever said so.
SELECT cancel_requested FROM scheduler_job_runs
WHERE id = %(run_id)s AND attempt = %(attempt)s AND status IN ('queued', 'running')

-- name: lock_job_of
SELECT job.id, job.name, job.job_type, job.run_policy, job.notification_config, job.created_by, job.consecutive_failures,
    job.is_active
FROM scheduler_jobs AS job
WHERE job.id = (SELECT job_id FROM scheduler_job_runs WHERE id = %(run_id)s)
FOR NO KEY UPDATE

-- name: lock_live_run
SELECT status, attempt, lost_count, cancel_requested, output_log, error_log
FROM scheduler_job_runs
WHERE id = %(run_id)s AND attempt = %(attempt)s AND status IN ('queued', 'running')
FOR NO KEY UPDATE

-- name: end
UPDATE scheduler_job_runs
SET status = %(status)s, completed_at = %(now)s, output_log = %(output_log)s, error_log = %(error_log)s,
    lost_count = %(lost_count)s,
    duration_ms = greatest(0, extract(epoch FROM %(now)s::timestamptz - started_at) * 1000)::int
WHERE id = %(run_id)s

-- name: try_again
UPDATE scheduler_job_runs
SET status = 'queued', batch_id = NULL, dagster_run_id = NULL, cancel_requested = false, attempt = attempt + 1,
    lost_count = %(lost_count)s, not_before = %(not_before)s, output_log = %(output_log)s, error_log = %(error_log)s
WHERE id = %(run_id)s

-- name: count_failures
UPDATE scheduler_jobs SET consecutive_failures = %(failures)s WHERE id = %(job_id)s

-- name: pause
UPDATE scheduler_jobs SET is_active = false, pause_reason = %(reason)s WHERE id = %(job_id)s

-- name: resume
UPDATE scheduler_jobs SET is_active = true, pause_reason = NULL, consecutive_failures = 0 WHERE id = %(job_id)s

-- name: managers
SELECT DISTINCT person.id FROM users AS person
LEFT JOIN user_roles AS held ON held.user_id = person.id
LEFT JOIN roles AS role ON role.id = held.role_id AND role.is_active
WHERE person.is_active
    AND (person.is_admin OR role.permissions ?| %(permissions)s::text[])

-- name: overdue
-- For how long runs have been going on, and those that Dagster was asked for have been waiting.
SELECT run.id, job.name, run.status, run.dagster_run_id, job.job_type, job.run_policy,
    extract(epoch FROM %(now)s::timestamptz
        - CASE WHEN run.status = 'running' THEN run.started_at ELSE coalesce(run.not_before, run.created_at) END
    )::int AS for_s
FROM scheduler_job_runs AS run JOIN scheduler_jobs AS job ON job.id = run.job_id
WHERE run.status IN ('queued', 'running') AND run.batch_id IS NOT NULL

-- name: empty_logs
-- The index on what still has a log answers it, whatever the number of runs. What changes is counted in no rollup.
UPDATE scheduler_job_runs SET output_log = NULL, error_log = NULL
WHERE id IN (
    SELECT id FROM scheduler_job_runs
    WHERE (output_log IS NOT NULL OR error_log IS NOT NULL)
        AND completed_at < %(now)s - make_interval(
            days => coalesce((SELECT setting_value::integer FROM system_settings WHERE setting_key = 'job_log_days'), 90)
        )
    ORDER BY completed_at LIMIT %(most)s FOR NO KEY UPDATE SKIP LOCKED
)

-- name: find_jobs
SELECT id, name, job_type, job_config, schedule_expression, timezone, run_at, starts_at, ends_at, run_policy, is_active,
    pause_reason, next_run_at, consecutive_failures
FROM scheduler_jobs WHERE name = %(name)s OR id::text = %(name)s LIMIT 2

-- name: keep_credentials
UPDATE scheduler_jobs SET connection_config = %(sealed)s WHERE id = %(id)s

-- name: what_it_does
SELECT job_type, job_config, notification_config, target_resource_type, target_resource_id, created_by
FROM scheduler_jobs WHERE id = %(job_id)s

-- name: insert_job
INSERT INTO scheduler_jobs (id, name, job_type, schedule_expression, timezone, run_at, starts_at, ends_at,
    target_resource_type, target_resource_id, job_config, notification_config, run_policy, next_run_at)
VALUES (%(id)s, %(name)s, %(job_type)s, %(schedule_expression)s, %(timezone)s, %(run_at)s, %(starts_at)s, %(ends_at)s,
    %(target_resource_type)s, %(target_resource_id)s, %(job_config)s, %(notification_config)s, %(run_policy)s, %(next_run_at)s)

-- name: list_jobs
SELECT job.id, job.name, job.job_type, job.schedule_expression, job.timezone, job.run_at, job.is_active, job.pause_reason,
    job.next_run_at, job.consecutive_failures, last.status, last.completed_at
FROM scheduler_jobs AS job
LEFT JOIN LATERAL (
    SELECT status, completed_at FROM scheduler_job_runs
    WHERE job_id = job.id AND status <> 'skipped' ORDER BY created_at DESC LIMIT 1
) AS last ON true
ORDER BY job.name, job.id

-- name: decisions
SELECT id, scheduled_for, status, cause, skip_reason, attempt, not_before, started_at, completed_at, dagster_run_id, error_log
FROM scheduler_job_runs
WHERE job_id = %(job_id)s AND scheduled_for >= %(first)s AND scheduled_for <= %(last)s
ORDER BY scheduled_for DESC LIMIT %(most)s

-- name: run
SELECT run.id, run.job_id, job.name, run.status, run.scheduled_for, run.cause, run.attempt, run.started_at,
    run.completed_at, run.duration_ms, run.dagster_run_id, run.output_log, run.error_log
FROM scheduler_job_runs AS run JOIN scheduler_jobs AS job ON job.id = run.job_id WHERE run.id = %(run_id)s
