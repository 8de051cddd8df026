-- What the application's role and everybody (PUBLIC) may do, one row for each privilege.

-- name: granted
WITH grantees AS (
    SELECT 0::oid AS oid, 'PUBLIC' AS name
    UNION ALL SELECT oid, rolname FROM pg_roles WHERE rolname = %(app)s
), acls AS (
    SELECT 'TABLE' AS kind, format('%%I.%%I', space.nspname, class.relname) AS object, item.*
    FROM pg_class AS class
    JOIN pg_namespace AS space ON space.oid = class.relnamespace,
    LATERAL aclexplode(coalesce(class.relacl, acldefault('r', class.relowner))) AS item
    WHERE class.relkind IN ('r', 'p')
      AND (space.nspname = 'partitions' OR space.nspname = 'public' AND class.relname = ANY(%(tables)s))
    UNION ALL
    SELECT 'COLUMN', format('%%I.%%I(%%I)', space.nspname, class.relname, attribute.attname), item.*
    FROM pg_attribute AS attribute
    JOIN pg_class AS class ON class.oid = attribute.attrelid
    JOIN pg_namespace AS space ON space.oid = class.relnamespace,
    LATERAL aclexplode(attribute.attacl) AS item
    WHERE class.relkind IN ('r', 'p') AND NOT attribute.attisdropped
      AND (space.nspname = 'partitions' OR space.nspname = 'public' AND class.relname = ANY(%(tables)s))
    UNION ALL
    SELECT 'SCHEMA', format('%%I', space.nspname), item.*
    FROM pg_namespace AS space,
    LATERAL aclexplode(coalesce(space.nspacl, acldefault('n', space.nspowner))) AS item
    WHERE space.nspname IN ('public', 'partitions', 'uploads', 'dagster')
    UNION ALL
    SELECT 'FUNCTION', 'public.' || function.oid::regprocedure, item.*
    FROM pg_proc AS function,
    LATERAL aclexplode(coalesce(function.proacl, acldefault('f', function.proowner))) AS item
    WHERE function.pronamespace = 'public'::regnamespace AND function.proname = ANY(%(functions)s)
    UNION ALL
    SELECT 'DEFAULT', format('%%I', space.nspname), item.*
    FROM pg_default_acl AS defaults
    JOIN pg_namespace AS space ON space.oid = defaults.defaclnamespace,
    LATERAL aclexplode(defaults.defaclacl) AS item
    WHERE defaults.defaclrole = current_user::regrole AND defaults.defaclobjtype = 'r'
      AND space.nspname = 'public'
)
SELECT acls.kind, acls.object, grantees.name, acls.privilege_type
FROM acls JOIN grantees ON grantees.oid = acls.grantee

-- name: memberships_that_write_the_audit
-- Roles through which the application could change what it may only append to.
SELECT role.rolname
FROM pg_roles AS app
JOIN pg_auth_members AS membership ON membership.member = app.oid
JOIN pg_roles AS role ON role.oid = membership.roleid
WHERE app.rolname = %(app)s
  AND (role.rolsuper OR has_table_privilege(role.oid, to_regclass('public.audit_logs'), 'UPDATE, DELETE, TRUNCATE'))
ORDER BY role.rolname

-- name: dangerous_attributes
SELECT attribute
FROM pg_roles AS app,
LATERAL (VALUES
    ('SUPERUSER', app.rolsuper),
    ('CREATEROLE', app.rolcreaterole),
    ('CREATEDB', app.rolcreatedb),
    ('REPLICATION', app.rolreplication),
    ('BYPASSRLS', app.rolbypassrls)
) AS attributes (attribute, present)
WHERE app.rolname = %(app)s AND present
