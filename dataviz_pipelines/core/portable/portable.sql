-- name: visible
SELECT {columns} FROM {table} AS item WHERE item.{column} = ANY(%(wanted)s) AND {visible} ORDER BY item.id

-- name: access
SELECT item.id, {visible} AS visible, {editable} AS editable, {columns} FROM {table} AS item
WHERE item.id = ANY(%(wanted)s)

-- name: left_behind
-- Ids of what was deleted and still has a history, which whoever takes the id would come by. Whoever could bring it back may.
SELECT DISTINCT past.resource_id FROM resource_versions AS past
WHERE past.resource_type = %(type)s AND past.resource_id = ANY(%(wanted)s) AND NOT %(manages)s
    AND NOT EXISTS (
        SELECT FROM (
            SELECT old_values ->> 'created_by' AS owner FROM audit_logs
            WHERE resource_type = %(table)s AND resource_id = past.resource_id AND action_type = 'delete'
            ORDER BY timestamp DESC LIMIT 1
        ) AS deletion
        WHERE deletion.owner = %(caller_id)s::text
    )

-- name: names
SELECT item.name FROM {table} AS item WHERE item.name = ANY(%(names)s) AND item.id <> %(id)s

-- name: components_elsewhere
SELECT id FROM dashboard_components WHERE id = ANY(%(ids)s) AND dashboard_id <> %(dashboard_id)s
