-- name: schemas_of_type
SELECT item.config_schema FROM chart_library AS item
WHERE item.chart_type = %(chart_type)s AND (item.is_public OR {visible})
ORDER BY item.created_at, item.id LIMIT 20

-- name: known_types
SELECT DISTINCT item.chart_type FROM chart_library AS item
WHERE item.is_public OR {visible}
ORDER BY item.chart_type LIMIT 50
