-- name: page
SELECT version, created_at, created_by FROM resource_versions
WHERE resource_type = %(resource_type)s AND resource_id = %(resource_id)s
    AND (%(before)s::integer IS NULL OR version < %(before)s)
ORDER BY version DESC LIMIT %(limit)s

-- name: one
SELECT version, created_at, created_by, document FROM resource_versions
WHERE resource_type = %(resource_type)s AND resource_id = %(resource_id)s AND version = %(version)s

-- name: access
SELECT EXISTS (SELECT FROM {table} AS item WHERE item.id = %(id)s) AS exists,
    EXISTS (SELECT FROM {table} AS item WHERE item.id = %(id)s AND {visible}) AS visible,
    EXISTS (SELECT FROM {table} AS item WHERE item.id = %(id)s AND {editable}) AS editable

-- name: deletion
SELECT old_values ->> 'created_by' FROM audit_logs
WHERE resource_type = %(table)s AND resource_id = %(id)s AND action_type = 'delete'
ORDER BY timestamp DESC LIMIT 1

-- name: visible
SELECT EXISTS (SELECT FROM {table} AS item WHERE item.id = %(id)s AND {visible})
