-- PostgreSQL's own catalogs: readable without any right on the tables, and without a lock on them but where it is said.
-- The search path is empty, so that names in texts are always whole.

-- name: tables
SELECT class.oid::bigint, current_database()::text, space.nspname::text, class.relname::text
FROM pg_class AS class
JOIN pg_namespace AS space ON space.oid = class.relnamespace
WHERE class.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT class.relispartition
  AND space.nspname NOT IN ('pg_catalog', 'information_schema') AND space.nspname !~ '^pg_(toast|temp_|toast_temp_)'
ORDER BY 3, 4

-- name: definitions
SELECT class.oid::bigint,
       CASE class.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized_view' WHEN 'f' THEN 'foreign_table'
            ELSE 'table' END,
       class.relkind = 'p',
       note.description,
       nullif(concat_ws(
           ' ',
           CASE WHEN NOT has_schema_privilege(space.oid, 'USAGE')
                THEN format('GRANT USAGE ON SCHEMA %%I TO %%I;', space.nspname, current_user) END,
           CASE WHEN NOT has_any_column_privilege(class.oid, 'SELECT')
                THEN format('GRANT SELECT ON TABLE %%I.%%I TO %%I;', space.nspname, class.relname, current_user) END
       ), '')
FROM pg_class AS class
JOIN pg_namespace AS space ON space.oid = class.relnamespace
LEFT JOIN pg_description AS note
    ON note.objoid = class.oid AND note.classoid = 'pg_class'::regclass AND note.objsubid = 0
WHERE class.oid = ANY(%(oids)s::oid[])

-- name: view_texts
-- Takes a lock on each view and on what it reads, as every use of it does.
SELECT oid::bigint, pg_get_viewdef(oid)
FROM pg_class
WHERE oid = ANY(%(oids)s::oid[]) AND relkind IN ('v', 'm')

-- name: columns
-- A default names no columns, so its text can be had without the table, which would take a lock on it. What a generated
-- column is made of needs that lock.
-- A domain may be over another one: it is what all of them say together.
WITH RECURSIVE base AS (
    SELECT DISTINCT atttypid AS oid, false AS is_required, atttypid AS base, NULL::integer AS modifier
    FROM pg_attribute
    WHERE attrelid = ANY(%(oids)s::oid[]) AND attnum > 0 AND NOT attisdropped
    UNION ALL
    SELECT base.oid, base.is_required OR domain.typnotnull, domain.typbasetype, domain.typtypmod
    FROM base JOIN pg_type AS domain ON domain.oid = base.base
    WHERE domain.typtype = 'd'
), types AS MATERIALIZED (
    SELECT base.oid, base.is_required, base.base, base.modifier, format_type(base.oid, NULL) AS name,
           format_type(base.oid, -1) AS whole,
           CASE WHEN type.typcategory = 'A' THEN 'array'
                WHEN type.typtype = 'e' THEN 'enum'
                WHEN type.typtype = 'c' THEN 'struct'
                WHEN type.typtype IN ('r', 'm') THEN 'range'
                WHEN space.nspname <> 'pg_catalog' THEN CASE
                    WHEN type.typname IN ('citext', 'ltree') THEN 'string'
                    WHEN type.typname IN ('geometry', 'geography') THEN 'spatial'
                    WHEN type.typname = 'hstore' THEN 'json' ELSE 'other' END
                WHEN type.typname = 'bool' THEN 'boolean'
                WHEN type.typname IN ('int2', 'int4', 'int8', 'oid', 'xid8') THEN 'integer'
                WHEN type.typname IN ('numeric', 'money') THEN 'decimal'
                WHEN type.typname IN ('float4', 'float8') THEN 'float'
                WHEN type.typname IN ('text', 'varchar', 'bpchar', 'char', 'name', 'xml') THEN 'string'
                WHEN type.typname = 'bytea' THEN 'binary'
                WHEN type.typname = 'date' THEN 'date'
                WHEN type.typname IN ('time', 'timetz') THEN 'time'
                WHEN type.typname = 'timestamp' THEN 'datetime'
                WHEN type.typname = 'timestamptz' THEN 'timestamp'
                WHEN type.typname = 'interval' THEN 'interval'
                WHEN type.typname = 'uuid' THEN 'uuid'
                WHEN type.typname IN ('json', 'jsonb') THEN 'json'
                WHEN type.typcategory = 'G' THEN 'spatial'
                ELSE 'other' END AS normalized
    FROM base
    JOIN pg_type AS type ON type.oid = base.base AND type.typtype <> 'd'
    JOIN pg_namespace AS space ON space.oid = type.typnamespace
), key AS MATERIALIZED (
    SELECT item.conrelid, number, bool_or(item.contype = 'p') AS is_primary, bool_or(item.contype = 'f') AS is_foreign
    FROM pg_constraint AS item, unnest(item.conkey) AS number
    WHERE item.conrelid = ANY(%(oids)s::oid[]) AND item.contype IN ('p', 'f')
    GROUP BY item.conrelid, number
)
SELECT attribute.attrelid::bigint,
       attribute.attname::text,
       attribute.attnum::integer,
       left(types.name, 100),
       CASE WHEN attribute.atttypmod = -1 THEN types.whole ELSE format_type(attribute.atttypid, attribute.atttypmod) END,
       types.normalized,
       CASE WHEN modifier.value = -1 THEN NULL
            WHEN types.base IN (1042, 1043) THEN modifier.value - 4
            WHEN types.base IN (1560, 1562) THEN modifier.value END,
       CASE types.base WHEN 21 THEN 16 WHEN 23 THEN 32 WHEN 20 THEN 64 WHEN 700 THEN 24 WHEN 701 THEN 53
            WHEN 1700 THEN CASE WHEN modifier.value <> -1 THEN ((modifier.value - 4) >> 16) & 65535 END END,
       CASE WHEN types.base IN (20, 21, 23) THEN 0
            WHEN types.base = 1700 AND modifier.value <> -1 THEN (((modifier.value - 4) & 2047) # 1024) - 1024 END,
       NOT (attribute.attnotnull OR types.is_required),
       coalesce(key.is_primary, false),
       coalesce(key.is_foreign, false),
       CASE WHEN attribute.attgenerated = '' THEN expression.text END,
       attribute.attgenerated <> '',
       CASE WHEN attribute.attgenerated <> '' THEN expression.text END,
       attribute.attidentity <> '',
       note.description
FROM pg_attribute AS attribute
JOIN types ON types.oid = attribute.atttypid
CROSS JOIN LATERAL (SELECT coalesce(types.modifier, attribute.atttypmod)) AS modifier (value)
LEFT JOIN key ON key.conrelid = attribute.attrelid AND key.number = attribute.attnum
LEFT JOIN pg_attrdef AS value
    ON attribute.atthasdef AND value.adrelid = attribute.attrelid AND value.adnum = attribute.attnum
LEFT JOIN LATERAL (
    SELECT pg_get_expr(value.adbin, CASE attribute.attgenerated WHEN '' THEN 0 ELSE value.adrelid END)
) AS expression (text) ON value.adbin IS NOT NULL
LEFT JOIN pg_description AS note
    ON note.objoid = attribute.attrelid AND note.classoid = 'pg_class'::regclass AND note.objsubid = attribute.attnum
WHERE attribute.attrelid = ANY(%(oids)s::oid[]) AND attribute.attnum > 0 AND NOT attribute.attisdropped
ORDER BY attribute.attrelid, attribute.attnum

-- name: keys
-- Columns are told by their numbers: the names are known from the block before.
SELECT item.conrelid::bigint, item.contype::text, item.conname::text, item.conkey,
       space.nspname::text, target.relname::text,
       CASE item.contype WHEN 'f' THEN ARRAY(
           SELECT attribute.attname::text FROM unnest(item.confkey) WITH ORDINALITY AS part (number, place)
           JOIN pg_attribute AS attribute ON attribute.attrelid = item.confrelid AND attribute.attnum = part.number
           ORDER BY part.place
       ) END,
       item.confupdtype::text, item.confdeltype::text
FROM pg_constraint AS item
LEFT JOIN pg_class AS target ON target.oid = item.confrelid
LEFT JOIN pg_namespace AS space ON space.oid = target.relnamespace
WHERE item.conrelid = ANY(%(oids)s::oid[]) AND item.contype IN ('p', 'u', 'f') AND item.conparentid = 0
ORDER BY item.conrelid, item.conname

-- name: indexes
-- A part that is no column has the number 0, and a text. One that was not finished (CREATE INDEX CONCURRENTLY) is unique of nothing.
SELECT index.indrelid::bigint, class.relname::text, method.amname::text, index.indisunique AND index.indisvalid,
       (index.indkey::int2[])[0:index.indnkeyatts - 1],
       CASE WHEN index.indexprs IS NOT NULL THEN ARRAY(
           SELECT CASE WHEN index.indkey[place - 1] = 0 THEN pg_get_indexdef(index.indexrelid, place, true) END
           FROM generate_series(1, index.indnkeyatts) AS place
       ) END,
       (index.indkey::int2[])[index.indnkeyatts:],
       pg_get_expr(index.indpred, index.indrelid, true)
FROM pg_index AS index
JOIN pg_class AS class ON class.oid = index.indexrelid
JOIN pg_am AS method ON method.oid = class.relam
WHERE index.indrelid = ANY(%(oids)s::oid[])
ORDER BY index.indrelid, class.relname

-- name: statistics
-- A partitioned table has what its partitions have together; `is_measured` takes a lock on each table to ask for its size.
WITH RECURSIVE member AS (
    SELECT root.oid AS root, root.oid, class.relkind
    FROM unnest(%(oids)s::oid[]) AS root (oid) JOIN pg_class AS class ON class.oid = root.oid
    WHERE class.relkind <> 'v'
    UNION ALL
    SELECT member.root, class.oid, class.relkind
    FROM member
    JOIN pg_inherits AS branch ON branch.inhparent = member.oid
    JOIN pg_class AS class ON class.oid = branch.inhrelid
    WHERE member.relkind = 'p'
), size AS (
    SELECT member.root, class.relkind, class.reltuples,
           CASE WHEN class.relkind = 'f' THEN NULL
                WHEN %(is_measured)s THEN pg_total_relation_size(class.oid)
                ELSE current_setting('block_size')::bigint * (
                    class.relpages
                    + coalesce((SELECT relpages FROM pg_class WHERE oid = class.reltoastrelid), 0)
                    + (SELECT coalesce(sum(part.relpages), 0) FROM pg_index
                       JOIN pg_class AS part ON part.oid = indexrelid WHERE indrelid = class.oid)
                ) END AS bytes,
           greatest(
               pg_stat_get_last_analyze_time(class.oid), pg_stat_get_last_autoanalyze_time(class.oid),
               pg_stat_get_last_vacuum_time(class.oid), pg_stat_get_last_autovacuum_time(class.oid)
           ) AS counted_at
    FROM member JOIN pg_class AS class ON class.oid = member.oid
)
SELECT root::bigint,
       CASE WHEN bool_or(reltuples < 0 AND relkind <> 'p') THEN NULL
            ELSE coalesce(sum(reltuples::numeric) FILTER (WHERE relkind <> 'p'), 0)::bigint END,
       coalesce(bool_and(relkind = 'p'), false),
       CASE WHEN bool_or(relkind = 'f') THEN NULL ELSE sum(bytes)::bigint END,
       max(counted_at)
FROM size
GROUP BY root

-- name: locked
-- What somebody holds, or waits for, so that even a look at its size would have to wait.
SELECT DISTINCT coalesce(index.indrelid, lock.relation)::bigint
FROM pg_locks AS lock
LEFT JOIN pg_index AS index ON index.indexrelid = lock.relation
WHERE lock.locktype = 'relation' AND lock.mode = 'AccessExclusiveLock'
  AND lock.database = (SELECT oid FROM pg_database WHERE datname = current_database())
