-- Rollups. Statements that are made of the names of their columns are composed in store.py and reading.py.

-- name: lock
SELECT pg_advisory_xact_lock(hashtextextended(%(name)s, 0))

-- name: take_marks
DELETE FROM rollup_invalidations
WHERE rollup = %(rollup)s AND grain = %(grain)s AND starts_at >= %(starts_at)s AND starts_at < %(ends_at)s

-- name: mark_days
INSERT INTO rollup_invalidations (rollup, grain, starts_at)
SELECT DISTINCT %(rollup)s, 'day', date_trunc('day', hour, 'UTC')
FROM generate_series(%(starts_at)s, %(ends_at)s - interval '1 hour', interval '1 hour') AS hour

-- name: marked
-- Times that a program can hold; a row at infinity is counted nowhere.
SELECT DISTINCT rollup, starts_at
FROM rollup_invalidations
WHERE grain = %(grain)s
    AND starts_at >= coalesce(%(since)s, timestamptz '0002-01-01 00:00+00')
    AND starts_at < coalesce(%(before)s, timestamptz '9999-01-01 00:00+00')
ORDER BY starts_at, rollup

-- name: has_unknown_visitors
SELECT EXISTS (
    SELECT FROM dashboard_analytics AS used
    WHERE used.timestamp >= %(starts_at)s AND used.timestamp < %(ends_at)s AND used.user_id IS NOT NULL
        AND NOT EXISTS (SELECT FROM visitor_numbers AS known WHERE known.user_id = used.user_id)
)

-- name: number_visitors
INSERT INTO visitor_numbers (user_id, number)
SELECT unknown.user_id,
    row_number() OVER (ORDER BY unknown.user_id) + (SELECT coalesce(max(number), -1) FROM visitor_numbers)
FROM (
    SELECT DISTINCT used.user_id
    FROM dashboard_analytics AS used
    WHERE used.timestamp >= %(starts_at)s AND used.timestamp < %(ends_at)s AND used.user_id IS NOT NULL
        AND NOT EXISTS (SELECT FROM visitor_numbers AS known WHERE known.user_id = used.user_id)
) AS unknown

-- name: remove_visitors
DELETE FROM dashboard_visitors
WHERE grain = %(grain)s AND starts_at >= %(starts_at)s AND starts_at < %(ends_at)s

-- name: visitors_of_log
-- A person's bit is set in a row of zeros as long as there are people, which is a subquery of its own so that it is made once;
-- the first four bytes of what bit_send gives are a length.
SELECT used.starts_at, used.dashboard_id,
    rtrim(
        substring(
            bit_send(
                bit_or(
                    set_bit(
                        (SELECT repeat('0', (max(number) / 8 + 1) * 8)::varbit FROM visitor_numbers), known.number, 1
                    )
                )
            )
            FROM 5
        ),
        '\x00'::bytea
    ) AS users
FROM (
    SELECT DISTINCT date_trunc(%(grain)s, timestamp, 'UTC') AS starts_at, dashboard_id, user_id
    FROM dashboard_analytics
    WHERE timestamp >= %(starts_at)s AND timestamp < %(ends_at)s AND user_id IS NOT NULL
) AS used
JOIN visitor_numbers AS known ON known.user_id = used.user_id
GROUP BY used.starts_at, used.dashboard_id

-- name: visitors_of_hours
SELECT date_trunc('day', hour.starts_at, 'UTC') AS starts_at, hour.dashboard_id,
    rtrim(
        substring(
            bit_send(
                bit_or(
                    (
                        'x' || rpad(encode(hour.users, 'hex'), (
                            SELECT max(length(users)) * 2
                            FROM dashboard_visitors
                            WHERE grain = 'hour' AND starts_at >= %(starts_at)s AND starts_at < %(ends_at)s
                        ), '0')
                    )::varbit
                )
            )
            FROM 5
        ),
        '\x00'::bytea
    ) AS users
FROM dashboard_visitors AS hour
WHERE hour.grain = 'hour' AND hour.starts_at >= %(starts_at)s AND hour.starts_at < %(ends_at)s
GROUP BY 1, hour.dashboard_id

-- name: put_visitors
INSERT INTO dashboard_visitors (grain, starts_at, dashboard_id, users)
SELECT %(grain)s, counted.starts_at, counted.dashboard_id, counted.users FROM ({counted}) AS counted

-- name: lay_together
-- A chart by days of another zone reads the hours of one dashboard, or of what else is counted: they lie together then, instead of
-- each with the others of its hour. Today's are still counted many times.
WITH taken AS (
    DELETE FROM {table}
    WHERE grain = 'hour' AND starts_at >= %(starts_at)s AND starts_at < least(%(ends_at)s, date_trunc('day', now(), 'UTC'))
    RETURNING *
)
INSERT INTO {table} SELECT * FROM taken ORDER BY {dimensions}, starts_at

-- name: kept_visitors
SELECT starts_at, dashboard_id, users
FROM dashboard_visitors
WHERE grain = %(grain)s AND starts_at >= %(starts_at)s AND starts_at < %(ends_at)s

-- name: different
-- An hour, or a day or one of its hours, that is marked will be counted anew: of it nothing is claimed.
SELECT DISTINCT wrong.starts_at
FROM (
    (({kept}) EXCEPT ALL ({counted})) UNION ALL (({counted}) EXCEPT ALL ({kept}))
) AS wrong
WHERE NOT EXISTS (
    SELECT FROM rollup_invalidations AS mark
    WHERE mark.rollup = %(rollup)s AND mark.grain IN ('hour', %(grain)s)
        AND date_trunc(%(grain)s, mark.starts_at, 'UTC') = wrong.starts_at
)
ORDER BY wrong.starts_at

-- name: visible_name
SELECT item.name FROM dashboards AS item WHERE item.id = %(id)s AND {visible}

-- name: pending
-- Hours that are marked, and those of days that are.
SELECT count(DISTINCT hour)
FROM (
    SELECT DISTINCT grain, starts_at
    FROM rollup_invalidations
    WHERE rollup = %(rollup)s AND starts_at > %(starts_at)s - interval '1 day' AND starts_at < %(ends_at)s
) AS mark
CROSS JOIN LATERAL generate_series(
    mark.starts_at,
    mark.starts_at + CASE mark.grain WHEN 'day' THEN interval '23 hours' ELSE interval '0 hours' END,
    interval '1 hour'
) AS hour
WHERE hour >= %(starts_at)s AND hour < %(ends_at)s

-- name: most_used
SELECT used.*, item.name
FROM (
    SELECT dashboard_id, sum(use_count)::bigint AS uses,
        coalesce(sum(use_count) FILTER (WHERE action_type = 'view'), 0)::bigint AS views,
        sum(duration_seconds)::bigint AS duration_seconds
    FROM {rows} AS part
    GROUP BY dashboard_id
) AS used
JOIN dashboards AS item ON item.id = used.dashboard_id
WHERE {visible}
ORDER BY used.views DESC, used.uses DESC, item.id
LIMIT %(limit)s

-- name: whole_periods
SELECT {columns}
FROM {table}
WHERE grain = 'day' AND starts_at >= %(starts_at)s AND starts_at < %(ends_at)s
    AND starts_at <> ALL(%(days)s::timestamptz[])
UNION ALL
SELECT {columns}
FROM {table}
WHERE grain = 'hour' AND starts_at >= %(starts_at)s AND starts_at < %(ends_at)s AND ({hours})

-- name: split_periods
-- MATERIALIZED, so that the log is asked once for each hour, and in one process: there are few, whatever is expected.
WITH split AS MATERIALIZED (
    SELECT hour
    FROM unnest(%(hours)s::timestamptz[]) AS hour
    WHERE EXISTS (SELECT FROM {source} WHERE {moment} >= hour AND {moment} < hour + interval '1 hour')
)
SELECT * FROM ({whole}) AS part WHERE starts_at NOT IN (SELECT hour FROM split)
UNION ALL
SELECT event.*
FROM split
CROSS JOIN LATERAL (
    {alone}
    WHERE {moment} >= greatest(hour, %(starts_at)s) AND {moment} < least(hour + interval '1 hour', %(ends_at)s)
        AND {condition}
) AS event

-- name: visitors_alone
-- Bits stand as bit_send puts them: the first bit of a byte is its highest.
SELECT timestamp AS starts_at, dashboard_id,
    set_bit(decode(repeat('00', known.number / 8 + 1), 'hex'), known.number # 7, 1) AS users
FROM dashboard_analytics
JOIN visitor_numbers AS known USING (user_id)

-- name: visitors
SELECT dashboard_id, width_bucket(starts_at, %(starts)s::timestamptz[]) - 1 AS point, array_agg(users) AS users
FROM {rows} AS part
WHERE dashboard_id = ANY(%(ids)s)
GROUP BY dashboard_id, 2

-- name: uses
SELECT width_bucket(starts_at, %(starts)s::timestamptz[]) - 1 AS point, action_type, sum(use_count)::bigint AS uses,
    string_agg(timings, '') AS timings
FROM {rows} AS part
WHERE dashboard_id = %(dashboard_id)s
GROUP BY 1, action_type

-- name: queries
SELECT item.data_source_id, item.query_hash, source.name AS data_source, item.runs, item.failures, item.cache_hits,
    item.rows_returned, item.execution_time_ms
FROM (
    SELECT data_source_id, query_hash, sum(run_count)::bigint AS runs,
        coalesce(sum(run_count) FILTER (WHERE status IN ('failed', 'timed_out')), 0)::bigint AS failures,
        coalesce(sum(run_count) FILTER (WHERE cache_hit), 0)::bigint AS cache_hits,
        sum(rows_returned)::bigint AS rows_returned, sum(execution_time_ms)::bigint AS execution_time_ms
    FROM {rows} AS part
    GROUP BY data_source_id, query_hash
) AS item
LEFT JOIN data_sources AS source ON source.id = item.data_source_id
WHERE {visible}
ORDER BY {order} DESC, item.query_hash, item.data_source_id
LIMIT %(limit)s

-- name: query_timings
SELECT data_source_id, query_hash, timings
FROM {rows} AS part
WHERE query_hash = ANY(%(hashes)s)

-- name: uploads
SELECT item.id AS template_id, item.name AS template, part.status, sum(part.upload_count)::bigint AS uploads,
    sum(part.file_size_bytes)::bigint AS file_size_bytes, sum(part.records_processed)::bigint AS records_processed,
    sum(part.records_success)::bigint AS records_success, sum(part.records_failed)::bigint AS records_failed,
    string_agg(part.timings, '') AS timings
FROM {rows} AS part
JOIN upload_templates AS item ON item.id = part.template_id
WHERE {visible}
GROUP BY item.id, item.name, part.status

-- name: jobs
SELECT item.id AS job_id, item.name AS job, part.status, sum(part.run_count)::bigint AS runs,
    string_agg(part.timings, '') AS timings
FROM {rows} AS part
JOIN scheduler_jobs AS item ON item.id = part.job_id
WHERE {visible}
GROUP BY item.id, item.name, part.status

-- name: activity
SELECT width_bucket(starts_at, %(starts)s::timestamptz[]) - 1 AS point, sum(action_count)::bigint AS actions
FROM {rows} AS part
GROUP BY 1

-- name: actions
SELECT action_type, resource_type, sum(action_count)::bigint AS actions
FROM {rows} AS part
GROUP BY action_type, resource_type
ORDER BY actions DESC, action_type, resource_type
LIMIT %(limit)s

-- name: stale_dashboards
SELECT 'dashboard' AS resource_type, item.id, item.name, item.created_at, latest.used_at AS last_used_at
FROM dashboards AS item
CROSS JOIN LATERAL (
    SELECT max(used.starts_at) AS used_at
    FROM dashboard_rollups AS used
    WHERE used.dashboard_id = item.id AND used.grain = 'hour'
) AS latest
WHERE item.created_at < %(cutoff)s AND (latest.used_at IS NULL OR latest.used_at < %(cutoff)s) AND {visible}
ORDER BY coalesce(latest.used_at, item.created_at), item.id
LIMIT %(limit)s

-- name: stale_queries
SELECT 'saved_query' AS resource_type, item.id, item.name, item.created_at, latest.used_at AS last_used_at
FROM saved_queries AS item
CROSS JOIN LATERAL (
    SELECT max(used.starts_at) AS used_at
    FROM query_rollups AS used
    WHERE used.query_hash = encode(sha256(convert_to(item.query_text, 'UTF8')), 'hex') AND used.grain = 'hour'
) AS latest
WHERE item.created_at < %(cutoff)s AND (latest.used_at IS NULL OR latest.used_at < %(cutoff)s) AND {visible}
ORDER BY coalesce(latest.used_at, item.created_at), item.id
LIMIT %(limit)s
