-- name: largest_upload
SELECT setting_value::text::bigint * 1048576 FROM system_settings WHERE setting_key = 'max_upload_size_mb'

-- name: insert_upload
INSERT INTO upload_history (
    id, template_id, file_name, file_size_bytes, stored_path, source, parent_upload_id, is_dry_run
)
VALUES (
    %(id)s, %(template_id)s, %(file_name)s, %(file_size_bytes)s, %(stored_path)s, 'api', %(parent_upload_id)s,
    %(is_dry_run)s
)

-- name: wake_workers
-- Sent when the transaction commits.
SELECT pg_notify('dataviz_uploads', '')

-- name: cancel
-- What waits ends at once; what runs is told to.
UPDATE upload_history
SET cancel_requested_at = coalesce(cancel_requested_at, now()),
    completed_at = CASE status WHEN 'queued' THEN now() END,
    error_type = CASE status WHEN 'queued' THEN 'UploadCancelledError' END,
    error_message = CASE status WHEN 'queued' THEN 'It was cancelled before it began; nothing was loaded.' END,
    status = CASE status WHEN 'queued' THEN 'cancelled' ELSE status END
WHERE id = %(id)s AND status IN ('queued', 'running')
RETURNING status

-- name: load_again
-- A dropped file waits for a run of Dagster's again; what the command line loaded is now the workers' to load.
UPDATE upload_history
SET status = 'queued', source = CASE source WHEN 'cli' THEN 'api' ELSE source END, is_dry_run = false, cancel_requested_at = NULL, started_at = NULL, completed_at = NULL,
    error_type = NULL, error_message = NULL, batch_id = NULL, dagster_run_id = NULL, lost_count = 0,
    reported_at = NULL, records_processed = 0, records_success = 0, records_failed = 0, details = '{}'
WHERE id = %(id)s AND status IN ('failed', 'quarantined', 'cancelled', 'previewed')
RETURNING id

-- name: upload
SELECT status, stored_path, file_name, template_id, coalesce(completed_at < now() - interval '30 seconds', false),
    superseded_at, details
FROM upload_history WHERE id = %(id)s

-- name: reject_file
SELECT file_name, reject_path FROM upload_history WHERE id = %(id)s

-- name: undone
UPDATE upload_history
SET status = 'undone', reported_at = NULL, details = details || jsonb_build_object('removed', %(removed)s::bigint)
WHERE id = %(id)s

-- name: states
SELECT id, status, progress, records_processed, records_success, records_failed, error_message, updated_at,
    cancel_requested_at IS NOT NULL
FROM upload_history WHERE id = ANY (%(ids)s)

-- name: destination_columns
-- Nothing is returned for a table that is not there.
SELECT attribute.attname, format_type(attribute.atttypid, NULL),
    has_table_privilege(relation.oid, 'SELECT') AND has_table_privilege(relation.oid, 'DELETE')
FROM pg_class AS relation
JOIN pg_attribute AS attribute ON attribute.attrelid = relation.oid AND attribute.attnum > 0 AND NOT attribute.attisdropped
WHERE relation.relnamespace = to_regnamespace(quote_ident(%(schema)s)) AND relation.relname = %(table)s
    AND relation.relkind IN ('r', 'p')

-- name: next_waiting
SELECT id FROM upload_history
WHERE status = 'queued' AND source = 'api'
    AND file_size_bytes <= %(max_bytes)s AND id <> ALL (%(taken)s)
ORDER BY id LIMIT 1

-- name: give_back_lost
-- Those that say they run while nobody holds their lock: their process was killed. One that takes its process down with it
-- must not do so for ever.
UPDATE upload_history
SET lost_count = lost_count + 1,
    status = CASE WHEN lost_count + 1 < %(most)s THEN 'queued' ELSE 'failed' END,
    completed_at = CASE WHEN lost_count + 1 < %(most)s THEN NULL ELSE now() END,
    error_type = CASE WHEN lost_count + 1 < %(most)s THEN NULL ELSE 'WorkerLostError' END,
    error_message = CASE WHEN lost_count + 1 < %(most)s THEN NULL ELSE %(message)s END,
    progress = NULL
WHERE status = 'running' AND source = 'api' AND dagster_run_id IS NULL AND id <> ALL (%(taken)s)
    AND pg_try_advisory_xact_lock(hashtextextended(concat('upload ', id), 0))
RETURNING id, status

-- name: give_back
UPDATE upload_history SET status = 'queued', progress = NULL WHERE id = %(id)s AND status = 'running'

-- name: queue_again
UPDATE upload_history
SET lost_count = lost_count + 1,
    status = CASE WHEN lost_count + 1 < %(most)s THEN 'queued' ELSE 'failed' END,
    completed_at = CASE WHEN lost_count + 1 < %(most)s THEN NULL ELSE now() END,
    error_type = CASE WHEN lost_count + 1 < %(most)s THEN NULL ELSE %(error_type)s END,
    error_message = CASE WHEN lost_count + 1 < %(most)s THEN NULL ELSE %(error_message)s END,
    progress = NULL
WHERE id = %(id)s AND status = 'running'

-- name: lock_patience
SET LOCAL lock_timeout = '10s'

-- name: fates
SELECT id, status NOT IN ('queued', 'running') AND NOT is_dry_run FROM upload_history WHERE id = ANY (%(ids)s)

-- name: old_previews
SELECT id, stored_path, reject_path FROM upload_history
WHERE is_dry_run AND status NOT IN ('queued', 'running') AND stored_path IS NOT NULL
    AND completed_at < now() - interval '1 day'
ORDER BY id LIMIT 100

-- name: forget_files
UPDATE upload_history SET stored_path = NULL, reject_path = NULL WHERE id = %(id)s

-- name: unreported
SELECT id FROM upload_history
WHERE reported_at IS NULL AND NOT is_dry_run AND (source = 'api' OR status = 'undone')
    AND status NOT IN ('queued', 'running') AND (dagster_run_id IS NULL OR status = 'undone')
ORDER BY id LIMIT %(limit)s

-- name: reported
UPDATE upload_history SET reported_at = now() WHERE id = ANY (%(ids)s) AND reported_at IS NULL
