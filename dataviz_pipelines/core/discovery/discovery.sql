-- What the platform knows of a data source, and how it is brought to agree with what was found.

-- name: abandon_runs
-- Whoever holds the lock is the only one: a run that still says `running` was of a process that ended.
UPDATE discovery_runs
SET status = 'failed', finished_at = now(), error_message = 'The process ended before the discovery did.'
WHERE data_source_id = %(source_id)s AND status = 'running'

-- name: begin_run
INSERT INTO discovery_runs AS known (id, data_source_id) VALUES (%(run_id)s, %(source_id)s)
ON CONFLICT (id) DO UPDATE
SET status = 'running', started_at = now(), finished_at = NULL, error_message = NULL, told_at = NULL
WHERE known.status IN ('queued', 'failed') AND known.data_source_id = excluded.data_source_id
RETURNING id

-- name: finish_run
UPDATE discovery_runs
SET status = %(status)s, finished_at = clock_timestamp(), listed_count = %(listed)s, stored_count = %(stored)s,
    skipped_count = %(skipped)s, failed_count = %(failed)s, denied_count = %(denied)s, added_count = %(added)s,
    changed_count = %(changed)s, removed_count = %(removed)s, problems = %(problems)s
WHERE id = %(run_id)s

-- name: fail_run
UPDATE discovery_runs SET status = 'failed', finished_at = clock_timestamp(), error_message = %(message)s
WHERE id = %(run_id)s

-- name: known
SELECT id, database_name, schema_name, table_name, fingerprint, removed_at IS NOT NULL,
       row_count, row_count_kind, size_bytes, size_bytes_kind, counted_at
FROM database_metadata
WHERE data_source_id = %(source_id)s

-- name: known_definitions
SELECT id, table_type, is_partitioned, source_comment, view_definition, primary_key, unique_keys, foreign_keys, access
FROM database_metadata
WHERE id = ANY(%(ids)s)

-- name: known_columns
SELECT table_metadata_id, column_name, position, data_type, native_type, normalized_type, max_length, numeric_precision,
       numeric_scale, is_nullable, is_primary_key, is_foreign_key, default_expression, is_generated,
       generation_expression, is_identity, source_comment
FROM column_metadata
WHERE table_metadata_id = ANY(%(ids)s) AND removed_at IS NULL

-- name: incoming
CREATE TEMPORARY TABLE incoming_tables (
    id uuid, database_name text, schema_name text, table_name text, table_type text, is_partitioned boolean,
    source_comment text, view_definition text, primary_key jsonb, unique_keys jsonb, foreign_keys jsonb, indexes jsonb,
    access text, access_remedy text, fingerprint text, row_count bigint, row_count_kind text, size_bytes bigint,
    size_bytes_kind text, counted_at timestamptz
) ON COMMIT DROP;
CREATE TEMPORARY TABLE incoming_columns (
    id uuid, table_metadata_id uuid, column_name text, position integer, data_type text, native_type text,
    normalized_type text, max_length bigint, numeric_precision integer, numeric_scale integer, is_nullable boolean,
    is_primary_key boolean, is_foreign_key boolean, default_expression text, is_generated boolean,
    generation_expression text, is_identity boolean, source_comment text
) ON COMMIT DROP

-- name: merge_tables
INSERT INTO database_metadata (
    id, data_source_id, database_name, schema_name, table_name, table_type, is_partitioned, source_comment,
    view_definition, primary_key, unique_keys, foreign_keys, indexes, access, access_remedy, fingerprint, row_count,
    row_count_kind, size_bytes, size_bytes_kind, counted_at
)
SELECT id, %(source_id)s, database_name, schema_name, table_name, table_type, is_partitioned, source_comment,
       view_definition, primary_key, unique_keys, foreign_keys, indexes, access, access_remedy, fingerprint, row_count,
       row_count_kind, size_bytes, size_bytes_kind, counted_at
FROM incoming_tables
ON CONFLICT (data_source_id, database_name, schema_name, table_name) DO UPDATE
SET table_type = excluded.table_type, is_partitioned = excluded.is_partitioned,
    source_comment = excluded.source_comment, view_definition = excluded.view_definition,
    primary_key = excluded.primary_key, unique_keys = excluded.unique_keys, foreign_keys = excluded.foreign_keys,
    indexes = excluded.indexes, access = excluded.access, access_remedy = excluded.access_remedy,
    fingerprint = excluded.fingerprint, row_count = excluded.row_count, row_count_kind = excluded.row_count_kind,
    size_bytes = excluded.size_bytes, size_bytes_kind = excluded.size_bytes_kind, counted_at = excluded.counted_at,
    last_seen_at = NULL, removed_at = NULL

-- name: merge_columns
INSERT INTO column_metadata (
    id, table_metadata_id, column_name, position, data_type, native_type, normalized_type, max_length,
    numeric_precision, numeric_scale, is_nullable, is_primary_key, is_foreign_key, default_expression, is_generated,
    generation_expression, is_identity, source_comment
)
SELECT id, table_metadata_id, column_name, position, data_type, native_type, normalized_type, max_length,
       numeric_precision, numeric_scale, is_nullable, is_primary_key, is_foreign_key, default_expression, is_generated,
       generation_expression, is_identity, source_comment
FROM incoming_columns
ON CONFLICT (table_metadata_id, column_name) DO UPDATE
SET position = excluded.position, data_type = excluded.data_type, native_type = excluded.native_type,
    normalized_type = excluded.normalized_type, max_length = excluded.max_length,
    numeric_precision = excluded.numeric_precision, numeric_scale = excluded.numeric_scale,
    is_nullable = excluded.is_nullable, is_primary_key = excluded.is_primary_key,
    is_foreign_key = excluded.is_foreign_key, default_expression = excluded.default_expression,
    is_generated = excluded.is_generated, generation_expression = excluded.generation_expression,
    is_identity = excluded.is_identity, source_comment = excluded.source_comment, removed_at = NULL
WHERE (
    column_metadata.position, column_metadata.data_type, column_metadata.native_type, column_metadata.normalized_type,
    column_metadata.max_length, column_metadata.numeric_precision, column_metadata.numeric_scale,
    column_metadata.is_nullable, column_metadata.is_primary_key, column_metadata.is_foreign_key,
    column_metadata.default_expression, column_metadata.is_generated, column_metadata.generation_expression,
    column_metadata.is_identity, column_metadata.source_comment, column_metadata.removed_at
) IS DISTINCT FROM (
    excluded.position, excluded.data_type, excluded.native_type, excluded.normalized_type, excluded.max_length,
    excluded.numeric_precision, excluded.numeric_scale, excluded.is_nullable, excluded.is_primary_key,
    excluded.is_foreign_key, excluded.default_expression, excluded.is_generated, excluded.generation_expression,
    excluded.is_identity, excluded.source_comment, NULL::timestamptz
)

-- name: remove_columns
UPDATE column_metadata AS known SET removed_at = now()
WHERE known.table_metadata_id = ANY(%(ids)s) AND known.removed_at IS NULL
  AND NOT EXISTS (
      SELECT FROM incoming_columns AS found
      WHERE found.table_metadata_id = known.table_metadata_id AND found.column_name = known.column_name
  )

-- name: count_anew
UPDATE database_metadata AS known
SET row_count = found.row_count, row_count_kind = found.row_count_kind, size_bytes = found.size_bytes,
    size_bytes_kind = found.size_bytes_kind, counted_at = found.counted_at
FROM unnest(
    %(ids)s::uuid[], %(rows)s::bigint[], %(rows_kinds)s::text[], %(sizes)s::bigint[], %(size_kinds)s::text[],
    %(times)s::timestamptz[]
) AS found (id, row_count, row_count_kind, size_bytes, size_bytes_kind, counted_at)
WHERE known.id = found.id

-- name: remove_tables
UPDATE database_metadata
SET removed_at = now(),
    last_seen_at = coalesce(
        (SELECT max(started_at) FROM discovery_runs
         WHERE data_source_id = %(source_id)s AND id <> %(run_id)s AND status IN ('succeeded', 'partial')),
        first_seen_at
    )
WHERE id = ANY(%(ids)s) AND removed_at IS NULL

-- name: hide_tables
-- The fingerprint goes, so that the table is stored anew once it shows again.
UPDATE database_metadata AS known
SET access = 'denied', access_remedy = found.remedy, fingerprint = NULL
FROM unnest(%(ids)s::uuid[], %(remedies)s::text[]) AS found (id, remedy)
WHERE known.id = found.id AND (known.access, known.access_remedy) IS DISTINCT FROM ('denied', found.remedy)
