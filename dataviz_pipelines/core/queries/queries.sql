-- name: source
SELECT item.id, item.name, item.connection_type, item.connection_config, item.is_active, item.test_query
FROM data_sources AS item WHERE item.id = %(id)s AND {allowed}

-- name: saved_query
SELECT item.data_source_id, item.query_text FROM saved_queries AS item WHERE item.id = %(id)s AND {allowed}

-- name: visualization
SELECT item.data_source_id, item.query_config FROM visualizations AS item WHERE item.id = %(id)s AND {allowed}

-- name: saved_queries_of
SELECT item.id, item.name, item.query_text FROM saved_queries AS item
WHERE item.data_source_id = %(source_id)s AND {allowed} ORDER BY item.name, item.id

-- name: settings
SELECT setting_key, setting_value FROM system_settings WHERE setting_key = ANY(%(keys)s)

-- name: lose
-- Whoever ran them is gone: a query that is still run is over before this.
UPDATE query_execution_logs
SET status = 'failed', error_message = 'The process that ran it ended.', deadline_at = NULL
WHERE status = 'running' AND deadline_at < now()

-- name: begin
INSERT INTO query_execution_logs (
    id, user_id, data_source_id, query_text, query_hash, status, saved_query_id, visualization_id, deadline_at,
    created_by, updated_by
)
SELECT
    %(id)s, %(user_id)s, %(source_id)s, %(text)s, %(hash)s, 'running', %(saved_query_id)s, %(visualization_id)s,
    now() + make_interval(secs => %(longest_s)s), %(user_id)s, %(user_id)s
WHERE NOT EXISTS (SELECT FROM query_execution_logs WHERE id = %(id)s)

-- name: finish
UPDATE query_execution_logs
SET status = %(status)s, execution_time_ms = %(elapsed_ms)s, rows_returned = %(rows)s, cache_hit = %(cache_hit)s,
    error_message = %(message)s, bytes_billed = coalesce(%(bytes_billed)s, bytes_billed), deadline_at = NULL
WHERE id = %(id)s AND status = 'running'

-- name: count_use
UPDATE saved_queries
SET execution_count = execution_count + 1,
    avg_execution_time_ms = round(
        (coalesce(avg_execution_time_ms, 0)::numeric * execution_count + %(elapsed_ms)s) / (execution_count + 1)
    )
WHERE id = %(saved_query_id)s

-- name: lock_budget
SELECT pg_advisory_xact_lock(hashtextextended('query budget ' || %(user_id)s::text, 0))

-- name: spent_today
SELECT coalesce(sum(bytes_billed), 0)::bigint FROM query_execution_logs
WHERE user_id = %(user_id)s AND timestamp >= date_trunc('day', now(), 'UTC')

-- name: reserve
UPDATE query_execution_logs SET bytes_billed = %(needed)s WHERE id = %(id)s AND status = 'running'

-- name: cancel
UPDATE query_execution_logs AS item SET cancel_requested_at = coalesce(cancel_requested_at, now())
WHERE item.id = %(id)s AND item.status = 'running' AND {allowed} RETURNING item.id

-- name: is_visible
SELECT FROM query_execution_logs AS item WHERE item.id = %(id)s AND {allowed}

-- name: to_cancel
SELECT id FROM query_execution_logs
WHERE status = 'running' AND cancel_requested_at IS NOT NULL AND id = ANY(%(ids)s)

-- name: find_result
SELECT document, created_at FROM query_results WHERE cache_key = %(key)s AND expires_at > now()

-- name: keep_result
INSERT INTO query_results (cache_key, data_source_id, user_id, document, size_bytes, expires_at, created_by, updated_by)
VALUES (
    %(key)s, %(source_id)s, %(user_id)s, %(document)s, %(size_bytes)s, now() + make_interval(secs => %(age_s)s),
    %(user_id)s, %(user_id)s
)
ON CONFLICT (cache_key) DO UPDATE
SET document = excluded.document, size_bytes = excluded.size_bytes, expires_at = excluded.expires_at, created_at = now()

-- name: drop_results
-- What is over, and of the rest the oldest beyond what all may take. What another transaction drops is left to it.
DELETE FROM query_results WHERE id IN (
    SELECT id FROM query_results WHERE expires_at <= now() OR id IN (
        SELECT id FROM (
            SELECT id, sum(size_bytes) OVER (ORDER BY created_at DESC, id DESC) AS taken FROM query_results
        ) AS ranked WHERE taken > %(most_bytes)s
    )
    FOR UPDATE SKIP LOCKED
)
