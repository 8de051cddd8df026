-- information_schema shows what the role has any right on, and nothing else. Each block asks for one schema at a time: with
-- that the server opens no table of another.

-- name: schemas
SELECT schema_name FROM information_schema.schemata
WHERE schema_name NOT IN ('information_schema', 'mysql', 'performance_schema', 'sys')
  AND (DATABASE() IS NULL OR schema_name = DATABASE())
ORDER BY schema_name

-- name: tables
SELECT table_name FROM information_schema.tables
WHERE table_schema = %(schema)s AND table_type IN ('BASE TABLE', 'SYSTEM VERSIONED', 'VIEW')
ORDER BY table_name

-- name: definitions
SELECT tables.table_name, tables.table_type = 'VIEW', coalesce(tables.create_options, '') LIKE '%%partitioned%%',
       tables.table_comment, views.view_definition, tables.engine, tables.table_rows,
       tables.data_length + tables.index_length
FROM information_schema.tables AS tables
LEFT JOIN information_schema.views AS views
    ON views.table_schema = %(schema)s AND views.table_name = tables.table_name
WHERE tables.table_schema = %(schema)s AND tables.table_name IN %(tables)s

-- name: columns
SELECT table_name, column_name, ordinal_position, data_type, column_type, character_maximum_length, numeric_precision,
       numeric_scale, is_nullable = 'YES', column_key = 'PRI', column_default, generation_expression, extra,
       column_comment, privileges
FROM information_schema.columns
WHERE table_schema = %(schema)s AND table_name IN %(tables)s
ORDER BY table_name, ordinal_position

-- name: keys
SELECT part.table_name, rule.constraint_type, part.constraint_name, part.column_name, part.referenced_table_schema,
       part.referenced_table_name, part.referenced_column_name, action.update_rule, action.delete_rule
FROM information_schema.key_column_usage AS part
JOIN information_schema.table_constraints AS rule
    ON rule.table_schema = %(schema)s AND rule.table_name = part.table_name
    AND rule.constraint_name = part.constraint_name
    AND (rule.constraint_type = 'FOREIGN KEY') = (part.referenced_table_name IS NOT NULL)
LEFT JOIN information_schema.referential_constraints AS action
    ON action.constraint_schema = %(schema)s AND action.table_name = part.table_name
    AND action.constraint_name = part.constraint_name
WHERE part.table_schema = %(schema)s AND part.table_name IN %(tables)s
ORDER BY part.table_name, part.constraint_name, part.ordinal_position

-- name: indexes
SELECT table_name, index_name, index_type, non_unique = 0, column_name
FROM information_schema.statistics
WHERE table_schema = %(schema)s AND table_name IN %(tables)s
ORDER BY table_name, index_name, seq_in_index

-- name: global_rights
SELECT count(*) FROM information_schema.user_privileges WHERE grantee = %(me)s AND privilege_type = 'SELECT'

-- name: schema_rights
SELECT DISTINCT table_schema FROM information_schema.schema_privileges WHERE grantee = %(me)s

-- name: table_rights
SELECT table_schema, table_name FROM information_schema.table_privileges WHERE grantee = %(me)s
UNION
SELECT table_schema, table_name FROM information_schema.column_privileges WHERE grantee = %(me)s
