-- What changed, what people made that it can concern, and what came of it.

-- name: source
SELECT id, name, connection_type FROM data_sources WHERE id = %(source_id)s

-- name: untold_changes
-- What was gone and is there again concerns nobody. A run that is tried again has changes of which somebody was told.
SELECT change.id, change.discovery_run_id, change.table_metadata_id, item.database_name, item.schema_name, item.table_name,
       change.column_name, change.change_type, change.is_breaking, change.before, change.after,
       coalesce(
           change.change_type = 'column_added' AND NOT field.is_nullable AND field.default_expression IS NULL
               AND NOT field.is_generated AND NOT field.is_identity AND field.removed_at IS NULL,
           false
       )
FROM discovery_runs AS run
JOIN metadata_changes AS change ON change.discovery_run_id = run.id
JOIN database_metadata AS item ON item.id = change.table_metadata_id
LEFT JOIN column_metadata AS field
    ON field.table_metadata_id = item.id AND field.column_name = change.column_name
WHERE run.data_source_id = %(source_id)s AND run.told_at IS NULL
  AND NOT EXISTS (SELECT FROM change_impacts AS impact WHERE impact.metadata_change_id = change.id)
  AND NOT (change.change_type = 'table_removed' AND item.removed_at IS NULL)
  AND NOT (change.change_type = 'column_removed' AND field.removed_at IS NULL)
  AND NOT (change.change_type = 'access_changed' AND item.access = 'readable')
ORDER BY change.id

-- name: note_told
-- A run that waits has found nothing yet.
UPDATE discovery_runs SET told_at = now()
WHERE data_source_id = %(source_id)s AND told_at IS NULL AND status <> 'queued'

-- name: known_tables
SELECT id, database_name, schema_name, table_name
FROM database_metadata
WHERE data_source_id = %(source_id)s AND (removed_at IS NULL OR id = ANY(%(lost)s))

-- name: known_columns
SELECT field.table_metadata_id, field.column_name, field.removed_at IS NULL
FROM column_metadata AS field
JOIN database_metadata AS item ON item.id = field.table_metadata_id
WHERE item.data_source_id = %(source_id)s AND (field.removed_at IS NULL OR item.id = ANY(%(lost)s))

-- name: view_definitions
SELECT id, view_definition FROM database_metadata WHERE id = ANY(%(ids)s) AND view_definition IS NOT NULL

-- name: queries
-- In braces: who may see what.
SELECT 'saved_query', item.id, item.name, item.created_by, item.query_text
FROM saved_queries AS item
WHERE item.data_source_id = %(source_id)s AND {queries}
UNION ALL
SELECT 'visualization', item.id, item.name, item.created_by,
       coalesce(query.query_text, item.query_config ->> 'query_text')
FROM visualizations AS item
LEFT JOIN saved_queries AS query ON query.id::text = item.query_config ->> 'saved_query_id'
WHERE coalesce(query.data_source_id, item.data_source_id) = %(source_id)s
  AND coalesce(query.query_text, item.query_config ->> 'query_text') IS NOT NULL AND {visualizations}
ORDER BY 1, 2

-- name: templates
SELECT 'upload_template', item.id, item.name, item.created_by, item.destination_config ->> 'data_source',
       current_database(), item.destination_config ->> 'schema', item.destination_config ->> 'table',
       item.validation_rules -> 'columns', coalesce(item.destination_config ->> 'contract', 'freeze')
FROM upload_templates AS item
WHERE item.destination_config ->> 'data_source' = %(source_id)s::text
   OR item.destination_type = 'postgresql' AND item.destination_config ->> 'data_source' IS NULL
ORDER BY item.id

-- name: jobs
SELECT 'scheduler_job', id, name, created_by, target_resource_id, job_config
FROM scheduler_jobs
WHERE job_type <> 'metadata_discovery'
ORDER BY id
