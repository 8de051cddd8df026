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

-- name: caller_id
CREATE OR REPLACE FUNCTION caller_id() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    -- Empty once a transaction that had set it is over.
    SELECT nullif(current_setting('dataviz.user_id', true), '')::uuid
$$;

-- name: touch_updated_at
CREATE OR REPLACE FUNCTION touch_updated_at() RETURNS trigger
    LANGUAGE plpgsql
AS $$
-- The trigger's arguments are columns whose change is none.
BEGIN
    IF NEW IS DISTINCT FROM OLD
        AND (TG_NARGS = 0 OR to_jsonb(NEW) - TG_ARGV IS DISTINCT FROM to_jsonb(OLD) - TG_ARGV)
    THEN
        NEW.updated_at := clock_timestamp();
        NEW.updated_by := coalesce(nullif(current_setting('dataviz.user_id', true), '')::uuid, NEW.updated_by);
    END IF;
    RETURN NEW;
END
$$;

-- name: audit_change
CREATE OR REPLACE FUNCTION audit_change() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
-- Notes who changed what from what, in the transaction that changes it. An update notes the columns that differ; the
-- trigger's arguments are columns whose change is none. Secrets are noted as changed, not as what they are.
DECLARE
    before jsonb;
    after jsonb;
    secret text;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        before := to_jsonb(OLD);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        after := to_jsonb(NEW);
    END IF;
    IF TG_OP = 'UPDATE' THEN
        IF after - TG_ARGV - '{updated_at,updated_by}'::text[] = before - TG_ARGV - '{updated_at,updated_by}'::text[] THEN
            RETURN NULL;
        END IF;
        SELECT jsonb_object_agg(item.key, before -> item.key), jsonb_object_agg(item.key, item.value)
        INTO before, after
        FROM jsonb_each(after) AS item
        WHERE item.value IS DISTINCT FROM before -> item.key AND item.key <> ALL ('{updated_at,updated_by}'::text[]);
    END IF;
    FOREACH secret IN ARRAY '{password_hash,token_hash,key_hash,connection_config}'::text[] LOOP
        IF before -> secret <> 'null' THEN
            before := jsonb_set(before, ARRAY[secret], '"***"');
        END IF;
        IF after -> secret <> 'null' THEN
            after := jsonb_set(after, ARRAY[secret], '"***"');
        END IF;
    END LOOP;
    INSERT INTO public.audit_logs (
        timestamp, user_id, action_type, resource_type, resource_id, old_values, new_values, ip_address, user_agent,
        request_id, created_by, updated_by, database_user
    )
    VALUES (
        clock_timestamp(),
        nullif(current_setting('dataviz.user_id', true), '')::uuid,
        CASE TG_OP WHEN 'INSERT' THEN 'create' ELSE lower(TG_OP) END,
        TG_TABLE_NAME,
        CASE TG_OP WHEN 'DELETE' THEN OLD.id ELSE NEW.id END,
        before,
        after,
        nullif(current_setting('dataviz.ip_address', true), '')::inet,
        nullif(current_setting('dataviz.user_agent', true), ''),
        nullif(current_setting('dataviz.request_id', true), ''),
        NULL,
        NULL,
        session_user
    );
    RETURN NULL;
END
$$;

-- name: keep_version
CREATE OR REPLACE FUNCTION keep_version() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
-- Keeps a resource as it is when the transaction commits. The trigger's arguments are the resource's type and the column
-- that holds its id. A dashboard is kept with its components; counters and authorship are no part of a version.
DECLARE
    resource uuid;
    kept jsonb;
    latest record;
BEGIN
    resource := (CASE TG_OP WHEN 'DELETE' THEN to_jsonb(OLD) ELSE to_jsonb(NEW) END ->> TG_ARGV[1])::uuid;
    kept := CASE TG_ARGV[0]
        WHEN 'dashboard' THEN (
            SELECT to_jsonb(item) || jsonb_build_object('components', (
                SELECT coalesce(
                    jsonb_agg(
                        to_jsonb(part) - '{dashboard_id,created_at,updated_at,created_by,updated_by}'::text[]
                        ORDER BY part.id
                    ),
                    '[]'
                )
                FROM public.dashboard_components AS part WHERE part.dashboard_id = item.id
            ))
            FROM public.dashboards AS item WHERE item.id = resource
        )
        WHEN 'saved_query' THEN (SELECT to_jsonb(item) FROM public.saved_queries AS item WHERE item.id = resource)
        WHEN 'theme' THEN (SELECT to_jsonb(item) FROM public.theme_library AS item WHERE item.id = resource)
        WHEN 'upload_template' THEN (SELECT to_jsonb(item) FROM public.upload_templates AS item WHERE item.id = resource)
        WHEN 'visualization' THEN (SELECT to_jsonb(item) FROM public.visualizations AS item WHERE item.id = resource)
    END - '{created_at,updated_at,created_by,updated_by,view_count,download_count,execution_count,avg_execution_time_ms}'::text[];
    IF kept IS NULL THEN
        RETURN NULL;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended(resource::text, 0));
    SELECT version, document INTO latest
    FROM public.resource_versions
    WHERE resource_type = TG_ARGV[0] AND resource_id = resource
    ORDER BY version DESC LIMIT 1;
    IF latest.document IS DISTINCT FROM kept THEN
        INSERT INTO public.resource_versions (resource_type, resource_id, version, document)
        VALUES (TG_ARGV[0], resource, coalesce(latest.version, 0) + 1, kept);
    END IF;
    RETURN NULL;
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
