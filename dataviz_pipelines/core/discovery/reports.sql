-- What runs did and what is known of a source, to be shown.

-- name: run
SELECT run.id, run.data_source_id, source.name, run.status, run.started_at, run.finished_at, run.listed_count,
       run.stored_count, run.skipped_count, run.failed_count, run.denied_count, run.added_count, run.changed_count,
       run.removed_count, run.problems, run.error_message
FROM discovery_runs AS run JOIN data_sources AS source ON source.id = run.data_source_id
WHERE run.id = %(run_id)s

-- name: changes
SELECT known.schema_name, known.table_name, change.column_name, change.change_type, change.is_breaking, change.before,
       change.after
FROM metadata_changes AS change JOIN database_metadata AS known ON known.id = change.table_metadata_id
WHERE change.discovery_run_id = %(run_id)s
ORDER BY change.is_breaking DESC, known.schema_name, known.table_name, change.id

-- name: totals
SELECT count(*), sum(row_count)::bigint, sum(size_bytes)::bigint,
       (SELECT count(*)
        FROM column_metadata AS item JOIN database_metadata AS known ON known.id = item.table_metadata_id
        WHERE known.data_source_id = %(source_id)s AND known.removed_at IS NULL AND item.removed_at IS NULL)
FROM database_metadata
WHERE data_source_id = %(source_id)s AND removed_at IS NULL

-- name: tables
SELECT id, database_name, schema_name, table_name, table_type, is_partitioned, row_count, row_count_kind, size_bytes,
       size_bytes_kind, counted_at, source_comment, description, tags, view_definition, primary_key, unique_keys,
       foreign_keys, indexes, access, access_remedy
FROM database_metadata
WHERE data_source_id = %(source_id)s AND removed_at IS NULL
ORDER BY database_name, schema_name, table_name

-- name: columns
SELECT item.table_metadata_id, item.column_name, item.position, item.data_type, item.native_type, item.normalized_type,
       item.max_length, item.numeric_precision, item.numeric_scale, item.is_nullable, item.is_primary_key,
       item.is_foreign_key, item.default_expression, item.is_generated, item.generation_expression, item.is_identity,
       item.source_comment, item.description, item.tags
FROM column_metadata AS item JOIN database_metadata AS known ON known.id = item.table_metadata_id
WHERE known.data_source_id = %(source_id)s AND known.removed_at IS NULL AND item.removed_at IS NULL
ORDER BY item.table_metadata_id, item.position

-- name: largest
SELECT known.schema_name, known.table_name, known.table_type, known.row_count, known.row_count_kind, known.size_bytes,
       (SELECT count(*) FROM column_metadata AS item WHERE item.table_metadata_id = known.id AND item.removed_at IS NULL)
FROM database_metadata AS known
WHERE data_source_id = %(source_id)s AND removed_at IS NULL
ORDER BY size_bytes DESC NULLS LAST, schema_name, table_name
LIMIT %(most)s
