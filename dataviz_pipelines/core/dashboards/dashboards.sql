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
SELECT EXISTS (SELECT FROM saved_queries AS item WHERE item.id = %(saved_query_id)s::uuid AND {visible})
    OR EXISTS (
        SELECT FROM visualizations
        WHERE id = %(id)s::uuid AND query_config ->> 'saved_query_id' = %(saved_query_id)s::text
    )

-- name: elsewhere
SELECT id FROM dashboard_components WHERE id = ANY(%(ids)s) AND dashboard_id <> %(dashboard_id)s ORDER BY id LIMIT 1

-- name: visible_visualizations
SELECT item.id FROM visualizations AS item WHERE item.id = ANY(%(ids)s) AND {visible}

-- name: put_components
INSERT INTO dashboard_components AS item (
    id, dashboard_id, visualization_id, component_type, position_x, position_y, width, height, component_config
)
SELECT part.id, %(dashboard_id)s, part.visualization_id, part.component_type, part.position_x, part.position_y,
    part.width, part.height, part.component_config
FROM jsonb_to_recordset(%(components)s) AS part (
    id uuid, visualization_id uuid, component_type text, position_x integer, position_y integer, width integer,
    height integer, component_config jsonb
)
ON CONFLICT (id) DO UPDATE SET
    visualization_id = excluded.visualization_id,
    component_type = excluded.component_type,
    position_x = excluded.position_x,
    position_y = excluded.position_y,
    width = excluded.width,
    height = excluded.height,
    component_config = excluded.component_config
WHERE item.dashboard_id = excluded.dashboard_id

-- name: remove_components
DELETE FROM dashboard_components WHERE dashboard_id = %(dashboard_id)s AND id = ANY(%(ids)s)

-- name: note_use
INSERT INTO dashboard_analytics (dashboard_id, user_id, action_type, duration_seconds, ip_address)
VALUES (%(dashboard_id)s, %(user_id)s, %(action)s, %(duration_s)s, nullif(%(ip_address)s, '')::inet)
RETURNING id

-- name: count_view
UPDATE dashboards SET view_count = view_count + 1 WHERE id = %(dashboard_id)s
