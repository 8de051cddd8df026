-- What the models cannot say: the database's functions, as `verify` expects them. The migrations keep copies of their own.

-- name: uuid_v7
CREATE OR REPLACE FUNCTION uuid_v7() RETURNS uuid
    LANGUAGE sql VOLATILE PARALLEL SAFE
AS $$
    -- RFC 9562: 48 bits of milliseconds, the version, 12 bits of the millisecond's fraction, then random bits
    SELECT encode(
        overlay(
            uuid_send(gen_random_uuid())
            PLACING substring(int8send(tick / 1000) FROM 3)
                || int2send((28672 + tick % 1000 * 4096 / 1000)::int2)
            FROM 1 FOR 8
        ),
        'hex'
    )::uuid
    FROM (SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS tick) AS moment
$$;

-- name: touch_updated_at
CREATE OR REPLACE FUNCTION touch_updated_at() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    IF NEW IS DISTINCT FROM OLD THEN
        NEW.updated_at := clock_timestamp();
    END IF;
    RETURN NEW;
END
$$;

-- name: create_month_partitions
CREATE OR REPLACE FUNCTION create_month_partitions(first_month date, last_month date)
    RETURNS SETOF text
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
-- Runs as the owner, so that the application can have partitions made without any DDL of its own.
-- Rows that the default partition caught for a month move into the month's partition.
DECLARE
    parent text;
    child text;
    month date;
    bounds text[];
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('dataviz.partitions', 0));
    FOR parent IN
        SELECT class.relname
        FROM pg_partitioned_table AS partitioned
        JOIN pg_class AS class ON class.oid = partitioned.partrelid
        WHERE class.relnamespace = 'public'::regnamespace AND partitioned.partstrat = 'r'
        ORDER BY class.relname
    LOOP
        child := parent || '_default';
        IF to_regclass(format('partitions.%I', child)) IS NULL THEN
            EXECUTE format('CREATE TABLE partitions.%I PARTITION OF public.%I DEFAULT', child, parent);
            RETURN NEXT child;
        END IF;
        FOR month IN
            SELECT generate_series(
                date_trunc('month', first_month::timestamp), last_month::timestamp, interval '1 month'
            )::date
        LOOP
            child := parent || to_char(month, '_YYYY_MM');
            CONTINUE WHEN EXISTS (
                SELECT FROM pg_inherits
                WHERE inhrelid = to_regclass(format('partitions.%I', child))
            );
            bounds := ARRAY[month || ' 00:00:00+00', (month + interval '1 month')::date || ' 00:00:00+00'];
            EXECUTE format(
                'CREATE TABLE IF NOT EXISTS partitions.%I (LIKE public.%I INCLUDING ALL)', child, parent
            );
            EXECUTE format(
                'WITH moved AS ('
                'DELETE FROM partitions.%I WHERE timestamp >= %L AND timestamp < %L RETURNING *'
                ') INSERT INTO partitions.%I SELECT * FROM moved',
                parent || '_default', bounds[1], bounds[2], child
            );
            EXECUTE format(
                'ALTER TABLE public.%I ATTACH PARTITION partitions.%I FOR VALUES FROM (%L) TO (%L)',
                parent, child, bounds[1], bounds[2]
            );
            RETURN NEXT child;
        END LOOP;
    END LOOP;
END
$$;
