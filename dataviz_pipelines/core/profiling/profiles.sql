-- name: table
SELECT item.id, item.data_source_id, source.connection_type, item.database_name, item.schema_name, item.table_name,
       item.table_type, item.row_count
FROM database_metadata AS item JOIN data_sources AS source ON source.id = item.data_source_id
WHERE item.id = %(id)s AND item.removed_at IS NULL AND {allowed}

-- name: tables
SELECT id, schema_name, table_name FROM database_metadata
WHERE data_source_id = %(source_id)s AND removed_at IS NULL ORDER BY schema_name, table_name, id

-- name: due
-- What cannot be profiled has its turn like everything else, and so keeps nothing else from it. A count has the source's own
-- time: a later one is of other rows.
SELECT item.id, item.database_name, item.schema_name, item.table_name
FROM database_metadata AS item
CROSS JOIN LATERAL (
    SELECT coalesce(item.counted_at > item.profile_tried_at, false) OR EXISTS (
        SELECT FROM metadata_changes AS change
        WHERE change.table_metadata_id = item.id AND change.created_at > item.profile_tried_at
    ) AS is_changed
) AS latest
WHERE item.data_source_id = %(source_id)s AND item.removed_at IS NULL AND item.access = 'readable' AND {allowed}
  AND (NOT %(only_changed)s OR latest.is_changed OR NOT EXISTS (
      SELECT FROM column_metadata AS field JOIN column_profiles AS profile ON profile.column_metadata_id = field.id
      WHERE field.table_metadata_id = item.id AND profile.profiled_at >= item.profile_tried_at
  ))
ORDER BY item.profile_tried_at IS NOT NULL, NOT latest.is_changed, item.profile_tried_at, item.schema_name,
         item.table_name, item.id

-- name: note_try
UPDATE database_metadata SET profile_tried_at = %(at)s WHERE id = %(table_id)s

-- name: columns
SELECT id, column_name, normalized_type FROM column_metadata
WHERE table_metadata_id = %(table_id)s AND removed_at IS NULL ORDER BY position, column_name

-- name: keep
-- A column can be gone by now. Of two that profile it at once, the later one is right.
INSERT INTO column_profiles (
    column_metadata_id, sampled_rows, is_exact, null_count, sampled_distinct, distinct_estimate, min_value, max_value,
    quantiles, top_values, looks_personal, personal_reason, profiled_at, created_by, updated_by
)
SELECT id, %(sampled_rows)s, %(is_exact)s, %(null_count)s, %(sampled_distinct)s, %(distinct_estimate)s, %(min_value)s,
       %(max_value)s, %(quantiles)s, %(top_values)s, %(looks_personal)s, %(personal_reason)s, %(profiled_at)s,
       %(user_id)s, %(user_id)s
FROM column_metadata WHERE id = %(column_id)s
ON CONFLICT (column_metadata_id) DO UPDATE SET
    sampled_rows = excluded.sampled_rows, is_exact = excluded.is_exact, null_count = excluded.null_count,
    sampled_distinct = excluded.sampled_distinct, distinct_estimate = excluded.distinct_estimate,
    min_value = excluded.min_value, max_value = excluded.max_value, quantiles = excluded.quantiles,
    top_values = excluded.top_values, looks_personal = excluded.looks_personal,
    personal_reason = excluded.personal_reason, profiled_at = excluded.profiled_at, updated_by = excluded.updated_by
WHERE column_profiles.profiled_at <= excluded.profiled_at

-- name: profiles
SELECT field.id, profile.sampled_rows, profile.is_exact, profile.null_count, profile.sampled_distinct,
       profile.distinct_estimate, profile.min_value, profile.max_value, profile.quantiles, profile.top_values,
       profile.looks_personal, profile.personal_reason, profile.profiled_at, field.column_name,
       coalesce(field.native_type, field.data_type)
FROM column_metadata AS field JOIN column_profiles AS profile ON profile.column_metadata_id = field.id
WHERE field.table_metadata_id = %(table_id)s AND field.removed_at IS NULL ORDER BY field.position, field.column_name
