-- Who presents a session's token or an API key. Roles and settings are read anew every time, so a change counts from the
-- next request.

-- name: by_session
SELECT person.id, person.email, person.is_admin, person.timezone, held.role_ids, held.permissions,
       NULL::jsonb AS scopes, session.id AS session_id, NULL::uuid AS api_key_id,
       session.expires_at <= now() OR session.created_at <= now() - make_interval(
           hours => coalesce(
               (SELECT setting_value::integer FROM system_settings WHERE setting_key = 'session_absolute_timeout_hours'), 168
           )
       ) OR session.last_seen_at <= now() - make_interval(
           mins => coalesce(
               (SELECT setting_value::integer FROM system_settings WHERE setting_key = 'session_timeout_minutes'), 60
           )
       ) AS is_over,
       session.last_seen_at <= now() - interval '30 seconds' AS is_stale
FROM sessions AS session
JOIN users AS person ON person.id = session.user_id AND person.is_active
CROSS JOIN LATERAL (
    SELECT array_agg(role.id) AS role_ids, string_agg(role.permissions::text, ' ') AS permissions
    FROM user_roles JOIN roles AS role ON role.id = user_roles.role_id AND role.is_active
    WHERE user_roles.user_id = person.id
) AS held
WHERE session.token_hash = %(token_hash)s AND session.ended_at IS NULL

-- name: by_api_key
SELECT person.id, person.email, person.is_admin, person.timezone, held.role_ids, held.permissions,
       key.scopes, NULL::uuid AS session_id, key.id AS api_key_id,
       coalesce(key.expires_at <= now(), false) AS is_over,
       coalesce(key.last_used_at <= now() - interval '30 seconds', true) AS is_stale
FROM api_keys AS key
JOIN users AS person ON person.id = key.user_id AND person.is_active
CROSS JOIN LATERAL (
    SELECT array_agg(role.id) AS role_ids, string_agg(role.permissions::text, ' ') AS permissions
    FROM user_roles JOIN roles AS role ON role.id = user_roles.role_id AND role.is_active
    WHERE user_roles.user_id = person.id
) AS held
WHERE key.key_hash = %(token_hash)s AND key.revoked_at IS NULL

-- name: acting
-- Also tells the database on whose behalf the transaction runs, which saves a round trip.
SELECT known.* FROM ({known}) AS known, LATERAL (
    SELECT set_config('dataviz.user_id', known.id::text, true),
           set_config('dataviz.ip_address', %(ip_address)s, true),
           set_config('dataviz.user_agent', %(user_agent)s, true),
           set_config('dataviz.request_id', %(request_id)s, true)
) AS said

-- name: end_session
UPDATE sessions SET ended_at = now() WHERE id = %(id)s AND ended_at IS NULL

-- name: revoke_api_key
UPDATE api_keys SET revoked_at = now() WHERE id = %(id)s AND revoked_at IS NULL

-- name: touch_session
UPDATE sessions SET last_seen_at = now() WHERE id = %(id)s AND last_seen_at < now()

-- name: touch_api_key
UPDATE api_keys SET last_used_at = now() WHERE id = %(id)s
