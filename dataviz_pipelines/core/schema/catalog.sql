-- One schema as PostgreSQL itself describes it. Read with search_path set to that schema alone, so that two schemas
-- that hold the same things give the same texts. Casts between text types are taken out: PostgreSQL adds some more each
-- time it reads its own text, as in a restored backup; so is the schema of the one extension's operators. What belongs to an extension is left out.

-- name: tables
SELECT class.relname,
       concat_ws(
           ', ',
           CASE class.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table' WHEN 'v' THEN 'view'
                WHEN 'm' THEN 'materialized view' WHEN 'f' THEN 'foreign table' END,
           CASE class.relpersistence WHEN 'u' THEN 'unlogged' END,
           pg_get_partkeydef(class.oid)
       ),
       pg_get_userbyid(class.relowner)
FROM pg_class AS class
JOIN pg_namespace AS space ON space.oid = class.relnamespace
WHERE space.nspname = %(schema)s AND class.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT class.relispartition
  AND NOT EXISTS (
      SELECT FROM pg_depend
      WHERE classid = 'pg_class'::regclass AND objid = class.oid AND deptype = 'e'
  )
ORDER BY class.relname

-- name: columns
SELECT class.relname, attribute.attname,
       format_type(attribute.atttypid, attribute.atttypmod)
           || CASE WHEN attribute.attcollation <> type.typcollation
                   THEN ' COLLATE ' || quote_ident(collation_used.collname) ELSE '' END,
       attribute.attnotnull,
       pg_get_expr(value.adbin, value.adrelid, true),
       concat(attribute.attidentity, attribute.attgenerated)
FROM pg_attribute AS attribute
JOIN pg_class AS class ON class.oid = attribute.attrelid
JOIN pg_namespace AS space ON space.oid = class.relnamespace
JOIN pg_type AS type ON type.oid = attribute.atttypid
LEFT JOIN pg_collation AS collation_used ON collation_used.oid = attribute.attcollation
LEFT JOIN pg_attrdef AS value ON value.adrelid = class.oid AND value.adnum = attribute.attnum
WHERE space.nspname = %(schema)s AND class.relkind IN ('r', 'p') AND NOT class.relispartition
  AND attribute.attnum > 0 AND NOT attribute.attisdropped
ORDER BY class.relname, attribute.attnum

-- name: constraints
SELECT class.relname, item.conname, item.contype::text,
       regexp_replace(pg_get_constraintdef(item.oid, true), '::(text|character varying)(\[\])?', '', 'g')
FROM pg_constraint AS item
JOIN pg_class AS class ON class.oid = item.conrelid
JOIN pg_namespace AS space ON space.oid = class.relnamespace
WHERE space.nspname = %(schema)s AND NOT class.relispartition AND item.contype IN ('p', 'u', 'c', 'f', 'x')
ORDER BY class.relname, item.conname

-- name: indexes
SELECT class.relname, index_class.relname,
       regexp_replace(
           pg_get_indexdef(item.indexrelid, 0, true), '::(text|character varying)(\[\])?|public\.(?=gin_trgm_ops)', '', 'g'
       )
           || CASE WHEN item.indisvalid THEN '' ELSE ' INVALID' END
FROM pg_index AS item
JOIN pg_class AS index_class ON index_class.oid = item.indexrelid
JOIN pg_class AS class ON class.oid = item.indrelid
JOIN pg_namespace AS space ON space.oid = class.relnamespace
WHERE space.nspname = %(schema)s AND class.relkind IN ('r', 'p') AND NOT class.relispartition
  AND NOT EXISTS (
      SELECT FROM pg_constraint WHERE conindid = item.indexrelid AND contype IN ('p', 'u', 'x')
  )
ORDER BY class.relname, index_class.relname

-- name: triggers
SELECT class.relname, item.tgname,
       pg_get_triggerdef(item.oid, true) || CASE item.tgenabled WHEN 'O' THEN '' ELSE ' DISABLED' END
FROM pg_trigger AS item
JOIN pg_class AS class ON class.oid = item.tgrelid
JOIN pg_namespace AS space ON space.oid = class.relnamespace
WHERE space.nspname = %(schema)s AND NOT class.relispartition AND NOT item.tgisinternal
ORDER BY class.relname, item.tgname

-- name: functions
SELECT function.oid::regprocedure::text,
       regexp_replace(pg_get_functiondef(function.oid), 'FUNCTION [^.]+\.', 'FUNCTION '),
       pg_get_userbyid(function.proowner)
FROM pg_proc AS function
JOIN pg_namespace AS space ON space.oid = function.pronamespace
WHERE space.nspname = %(schema)s AND function.prokind IN ('f', 'p')
  AND NOT EXISTS (
      SELECT FROM pg_depend
      WHERE classid = 'pg_proc'::regclass AND objid = function.oid AND deptype = 'e'
  )
ORDER BY 1

-- name: schemas
SELECT nspname FROM pg_namespace

-- name: partitions
SELECT parent.relname, child.relname
FROM pg_inherits
JOIN pg_class AS parent ON parent.oid = inhparent
JOIN pg_class AS child ON child.oid = inhrelid
WHERE parent.relnamespace = 'public'::regnamespace AND parent.relkind = 'p'
  AND child.relnamespace = to_regnamespace('partitions')
