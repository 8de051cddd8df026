-- name: components
SELECT id, visualization_id, component_type, position_x, position_y, width, height, component_config
FROM dashboard_components WHERE dashboard_id = %(dashboard_id)s ORDER BY id

-- name: place_components
UPDATE dashboard_components AS item
SET position_x = place.position_x, position_y = place.position_y, width = place.width, height = place.height
FROM jsonb_to_recordset(%(positions)s)
    AS place (component_id uuid, position_x integer, position_y integer, width integer, height integer)
WHERE item.id = place.component_id AND item.dashboard_id = %(dashboard_id)s
    AND (item.position_x, item.position_y, item.width, item.height)
        IS DISTINCT FROM (place.position_x, place.position_y, place.width, place.height)

-- name: may_use_saved_query
SELECT EXISTS (SELECT FROM saved_queries AS item WHERE item.id = %(saved_query_id)s AND {visible})
    OR EXISTS (
        SELECT FROM visualizations
        WHERE id = %(id)s AND query_config ->> 'saved_query_id' = %(saved_query_id)s
    )
