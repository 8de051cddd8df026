-- information_schema shows what the role has any right on, and nothing else. Each block asks for one schema at a time: with
-- that the server opens no table of another. Names are compared there without regard to case and accents, so a block may give
-- rows of tables that were not asked for, and none joins another.

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
SELECT table_name, table_type = 'VIEW', coalesce(create_options, '') LIKE '%%partitioned%%', table_comment, engine,
       table_rows, data_length + index_length
FROM information_schema.tables
WHERE table_schema = %(schema)s AND table_name IN %(tables)s

-- name: view_texts
SELECT table_name, view_definition
FROM information_schema.views
WHERE table_schema = %(schema)s AND table_name IN %(tables)s

-- name: columns
SELECT table_name, column_name, ordinal_position, data_type, column_type, character_maximum_length, numeric_precision,
       numeric_scale, is_nullable = 'YES', column_default, generation_expression, extra, column_comment, privileges
FROM information_schema.columns
WHERE table_schema = %(schema)s AND table_name IN %(tables)s
ORDER BY table_name, ordinal_position

-- name: keys
-- Not table_constraints, which MariaDB keeps from whoever may only SELECT.
SELECT table_name, constraint_name, referenced_table_name IS NOT NULL, column_name, referenced_table_schema,
       referenced_table_name, referenced_column_name
FROM information_schema.key_column_usage
WHERE table_schema = %(schema)s AND table_name IN %(tables)s
ORDER BY table_name, constraint_name, ordinal_position

-- name: actions
-- MariaDB keeps these too from whoever may only SELECT.
SELECT table_name, constraint_name, update_rule, delete_rule
FROM information_schema.referential_constraints
WHERE constraint_schema = %(schema)s AND table_name IN %(tables)s

-- name: indexes
SELECT table_name, index_name, index_type, non_unique = 0, column_name,
       CASE WHEN index_type <> 'SPATIAL' THEN sub_part END
FROM information_schema.statistics
WHERE table_schema = %(schema)s AND table_name IN %(tables)s
ORDER BY table_name, index_name, seq_in_index
