-- A stage gives ids in the order in which they are shown. Of things that fit in the same way, so many are looked at and no
-- more, that a question which fits half of everything is answered as fast as others. What stands in braces are conditions
-- that the policy, the stage and the scope make; everything else is bound.

-- name: stage
SELECT kind, id
FROM (
    (
        SELECT 'table' AS kind, item.id, item.table_name AS name, item.schema_name, item.table_name, {table_fit} AS fit
        FROM database_metadata AS item
        WHERE %(tables)s AND {table_matches} AND {allowed} AND {within} AND item.id <> ALL(%(found)s)
        LIMIT %(looked_at)s
    )
    UNION ALL
    (
        SELECT 'column', field.id, field.column_name, item.schema_name, item.table_name, {column_fit}
        FROM column_metadata AS field
        JOIN database_metadata AS item ON item.id = field.table_metadata_id
        WHERE %(columns)s AND {column_matches} AND {allowed} AND {within} AND {there} AND field.id <> ALL(%(found)s)
        LIMIT %(looked_at)s
    )
) AS matching
ORDER BY fit DESC, kind DESC, length(name), name, schema_name, table_name, id
LIMIT %(limit)s

-- name: shown
SELECT found.kind, found.id, item.id, field.id, item.data_source_id, source.name, item.database_name, item.schema_name,
       item.table_name, field.column_name, coalesce(field.native_type, item.table_type),
       coalesce(field.source_comment, CASE WHEN field.id IS NULL THEN item.source_comment END),
       CASE WHEN field.id IS NULL THEN item.description ELSE field.description END,
       CASE WHEN field.id IS NULL THEN item.tags ELSE field.tags END,
       coalesce(item.removed_at, field.removed_at)
FROM unnest(%(kinds)s::text[], %(ids)s::uuid[]) WITH ORDINALITY AS found (kind, id, place)
LEFT JOIN column_metadata AS field ON found.kind = 'column' AND field.id = found.id
JOIN database_metadata AS item ON item.id = coalesce(field.table_metadata_id, found.id)
JOIN data_sources AS source ON source.id = item.data_source_id
ORDER BY found.place
