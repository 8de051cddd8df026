-- 500 editors with a session each, 10,000 dashboards that they own in turn, 20,000 grants. Ids and tokens are made from
-- numbers, so that both sides of the comparison can name them without asking.

-- name: users
INSERT INTO users (id, email)
SELECT ('00000000-0000-7000-8001-' || lpad(to_hex(n), 12, '0'))::uuid, 'editor' || n || '@example.com'
FROM generate_series(0, 499) AS n

-- name: roles
INSERT INTO user_roles (user_id, role_id)
SELECT users.id, roles.id FROM users, roles WHERE roles.name = 'editor' AND users.email LIKE 'editor%'

-- name: sessions
INSERT INTO sessions (user_id, token_hash, expires_at)
SELECT ('00000000-0000-7000-8001-' || lpad(to_hex(n), 12, '0'))::uuid,
       encode(sha256(('dvs_benchmark_' || n)::bytea), 'hex'), now() + interval '1 day'
FROM generate_series(0, 499) AS n

-- name: dashboards
INSERT INTO dashboards (id, name, description, created_by, filters_config)
SELECT ('00000000-0000-7000-8002-' || lpad(to_hex(n), 12, '0'))::uuid, 'Dashboard ' || n, repeat('What it shows. ', 10),
       ('00000000-0000-7000-8001-' || lpad(to_hex(n % 500), 12, '0'))::uuid,
       '[{"key": "region", "label": "Region", "column": "region", "kind": "choice", "default": null}]'
FROM generate_series(0, 9999) AS n

-- name: grants
INSERT INTO resource_permissions (resource_type, resource_id, principal_type, principal_id, permission_type)
SELECT 'dashboard', ('00000000-0000-7000-8002-' || lpad(to_hex(n % 10000), 12, '0'))::uuid, 'user',
       ('00000000-0000-7000-8001-' || lpad(to_hex((n * 7 + n / 10000 + 1) % 500), 12, '0'))::uuid,
       CASE n % 3 WHEN 0 THEN 'edit' ELSE 'view' END
FROM generate_series(0, 19999) AS n

-- name: analyze
VACUUM ANALYZE
