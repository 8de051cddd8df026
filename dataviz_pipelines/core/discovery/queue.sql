-- Discoveries that wait for Dagster to begin them. Of each source at most one waits.

-- name: ask
INSERT INTO discovery_runs (data_source_id, status, started_at) VALUES (%(source_id)s, 'queued', NULL)
ON CONFLICT (data_source_id, status) WHERE status = 'queued' DO UPDATE SET status = 'queued'
RETURNING id

-- name: waiting
SELECT run.id, source.name
FROM discovery_runs AS run JOIN data_sources AS source ON source.id = run.data_source_id
WHERE run.status = 'queued'
ORDER BY run.id

-- name: end_waiting
UPDATE discovery_runs SET status = 'failed', finished_at = now(), error_message = %(message)s
WHERE id = %(run_id)s AND status = 'queued'

-- name: end_abandoned
-- The lock is a run's as long as its process lives; who gets it here knows that nobody has it.
WITH running AS MATERIALIZED (SELECT id, data_source_id FROM discovery_runs WHERE status = 'running')
UPDATE discovery_runs AS run
SET status = 'failed', finished_at = now(), error_message = 'The process ended before the discovery did.'
FROM running
WHERE run.id = running.id AND run.status = 'running'
  AND pg_try_advisory_xact_lock(hashtextextended('dataviz discovery ' || running.data_source_id, 0))

-- name: sources
SELECT source.id, source.name, source.connection_type, source.connection_config, source.is_active, source.test_query,
       coalesce((SELECT max(created_at) FROM discovery_runs WHERE data_source_id = source.id), source.created_at)
FROM data_sources AS source
WHERE source.is_active
ORDER BY source.name
