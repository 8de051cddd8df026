-- name: roles_of
SELECT role.id, role.name, role.description, role.is_system_role, role.is_active, held.created_at AS given_at,
    held.created_by AS given_by
FROM user_roles AS held JOIN roles AS role ON role.id = held.role_id
WHERE held.user_id = %(user_id)s ORDER BY role.name

-- name: give_role
INSERT INTO user_roles (user_id, role_id) VALUES (%(user_id)s, %(role_id)s) ON CONFLICT DO NOTHING

-- name: take_role
DELETE FROM user_roles WHERE user_id = %(user_id)s AND role_id = %(role_id)s

-- name: hold_shared
-- Locked, so that it is not deleted before what is about it is there.
SELECT FROM {table} AS item WHERE item.id = %(id)s AND {allowed} FOR KEY SHARE

-- name: hold_user
SELECT FROM users WHERE id = %(id)s AND is_active FOR KEY SHARE

-- name: hold_role
SELECT FROM roles WHERE id = %(id)s FOR KEY SHARE

-- name: share
-- The same again is the same grant, which ends when the latest says.
INSERT INTO resource_permissions AS item (
    resource_type, resource_id, principal_type, principal_id, permission_type, expires_at, granted_by
)
VALUES (
    %(resource_type)s, %(resource_id)s, %(principal_type)s, %(principal_id)s, %(permission_type)s, %(expires_at)s,
    %(granted_by)s
)
ON CONFLICT (resource_type, resource_id, principal_type, principal_id, permission_type)
DO UPDATE SET expires_at = excluded.expires_at, granted_by = excluded.granted_by
RETURNING {columns}, item.xmax = 0 AS is_new

-- name: is_public
SELECT is_public FROM {table} WHERE id = %(id)s

-- name: may
SELECT FROM {table} AS item WHERE item.id = %(id)s AND {allowed}

-- name: visualizations_on
SELECT component.id, component.component_config ->> 'title' AS title, component.visualization_id
FROM dashboard_components AS component
WHERE component.dashboard_id = %(id)s AND component.visualization_id IS NOT NULL
ORDER BY component.position_y, component.position_x, component.id

-- name: seen_through
-- What a visualization shows rests on: each is NULL where it may be seen.
SELECT part.id, part.name,
    CASE WHEN part.id IS NOT NULL AND NOT EXISTS (
        SELECT FROM visualizations AS item WHERE item.id = part.id AND {visualization}
    ) THEN 'visualization' END AS itself,
    CASE WHEN part.data_source_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM data_sources AS item WHERE item.id = part.data_source_id AND {data_source}
    ) THEN 'data source' END AS source,
    CASE WHEN query.id IS NOT NULL AND NOT EXISTS (
        SELECT FROM saved_queries AS item WHERE item.id = query.id AND {saved_query}
    ) THEN 'saved query' END AS query,
    CASE WHEN query.id IS NOT NULL AND NOT EXISTS (
        SELECT FROM data_sources AS item WHERE item.id = query.data_source_id AND {data_source}
    ) THEN 'data source of the saved query' END AS query_source
FROM ({parts}) AS part LEFT JOIN saved_queries AS query ON query.id = part.saved_query_id

-- name: stored
SELECT id, name, data_source_id, (query_config ->> 'saved_query_id')::uuid AS saved_query_id
FROM visualizations WHERE id = ANY(%(ids)s)

-- name: given
SELECT NULL::uuid AS id, %(name)s AS name, %(data_source_id)s::uuid AS data_source_id,
    %(saved_query_id)s::uuid AS saved_query_id

-- name: is_turned_on
SELECT setting_value = 'true' FROM system_settings WHERE setting_key = 'enable_public_dashboards'

-- name: new_link
INSERT INTO public_links AS item (dashboard_id, name, token_prefix, token_hash, password_hash, expires_at)
VALUES (%(dashboard_id)s, %(name)s, %(token_prefix)s, %(token_hash)s, %(password_hash)s, %(expires_at)s)
RETURNING {columns}

-- name: rotate_link
-- Whoever rotates a link answers for it from then on.
UPDATE public_links AS item
SET token_prefix = %(token_prefix)s, token_hash = %(token_hash)s, created_by = %(publisher)s
WHERE item.id = %(id)s AND item.revoked_at IS NULL
RETURNING {columns}

-- name: revoke_link
UPDATE public_links SET revoked_at = now() WHERE id = %(id)s AND revoked_at IS NULL

-- name: used_link
UPDATE public_links SET last_used_at = now(), use_count = use_count + 1 WHERE id = %(id)s

-- name: opened_link
SELECT id, dashboard_id, created_by, password_hash FROM public_links
WHERE token_hash = %(token_hash)s AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())

-- name: opened_dashboard
SELECT NULL::uuid, id, created_by, NULL::text FROM dashboards WHERE id = %(id)s AND is_public

-- name: publisher
SELECT person.id, person.email, person.timezone, person.is_admin,
    coalesce(array_agg(role.id) FILTER (WHERE role.id IS NOT NULL), '{}') AS role_ids,
    coalesce(string_agg(role.permissions::text, ' '), '') AS permissions
FROM users AS person
LEFT JOIN user_roles AS held ON held.user_id = person.id
LEFT JOIN roles AS role ON role.id = held.role_id AND role.is_active
WHERE person.id = %(id)s AND person.is_active
GROUP BY person.id

-- name: shown_theme
SELECT name, css_variables, color_palette, typography FROM theme_library AS item
WHERE item.id = %(id)s AND {visible}

-- name: shown_components
-- Nothing of where the rows of a visualization come from.
SELECT component.id, component.component_type, component.position_x, component.position_y, component.width,
    component.height, component.component_config,
    CASE WHEN drawn.id IS NOT NULL THEN jsonb_build_object(
        'id', drawn.id, 'name', drawn.name, 'visualization_type', drawn.visualization_type,
        'chart_config', drawn.chart_config
    ) END AS visualization
FROM dashboard_components AS component LEFT JOIN visualizations AS drawn ON drawn.id = component.visualization_id
WHERE component.dashboard_id = %(id)s ORDER BY component.position_y, component.position_x, component.id

-- name: principals
-- Those that something can be shared with. A person without a name is known by their address.
SELECT kind AS principal_type, id, name FROM (
    SELECT 'role' AS kind, id, name, NULL AS email FROM roles WHERE is_active
    UNION ALL
    SELECT 'user', id, coalesce(nullif(concat_ws(' ', first_name, last_name), ''), email), email FROM users WHERE is_active
) AS principal
WHERE (%(kind)s::text IS NULL OR kind = %(kind)s)
  AND (name ILIKE %(search)s ESCAPE '~' OR lower(email) = lower(%(q)s))
ORDER BY name, id LIMIT %(limit)s

-- name: names_of_principals
SELECT id, name FROM roles WHERE id = ANY(%(ids)s)
UNION ALL
SELECT id, coalesce(nullif(concat_ws(' ', first_name, last_name), ''), email) FROM users WHERE id = ANY(%(ids)s)
