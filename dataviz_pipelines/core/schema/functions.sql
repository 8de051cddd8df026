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

-- name: count_version
CREATE OR REPLACE FUNCTION count_version() RETURNS trigger
    LANGUAGE plpgsql
AS $$
-- The column `version` grows with each change, whatever is written to it. The trigger's arguments are columns whose change is
-- none.
DECLARE
    others text[] := TG_ARGV || ARRAY['version', 'created_at', 'created_by', 'updated_at', 'updated_by'];
BEGIN
    NEW.version := OLD.version + (to_jsonb(NEW) - others IS DISTINCT FROM to_jsonb(OLD) - others)::integer;
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

-- name: forget_resource
CREATE OR REPLACE FUNCTION forget_resource() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
-- What names a resource by its type, which is the trigger's argument, and its id goes with it; no key could see to that.
-- Its versions stay: they are what can bring it back.
BEGIN
    DELETE FROM public.resource_permissions WHERE resource_type = TG_ARGV[0] AND resource_id = OLD.id;
    DELETE FROM public.bookmarks WHERE resource_type = TG_ARGV[0] AND resource_id = OLD.id;
    DELETE FROM public.comments WHERE resource_type = TG_ARGV[0] AND resource_id = OLD.id;
    DELETE FROM public.change_impacts WHERE resource_type = TG_ARGV[0] AND resource_id = OLD.id;
    RETURN NULL;
END
$$;

-- name: forget_principal
CREATE OR REPLACE FUNCTION forget_principal() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
-- What was shared with a person or a role, which the trigger's argument says, is not shared once they are no more.
BEGIN
    DELETE FROM public.resource_permissions WHERE principal_type = TG_ARGV[0] AND principal_id = OLD.id;
    RETURN NULL;
END
$$;

-- name: mark_rollup
CREATE OR REPLACE FUNCTION mark_rollup() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
-- Marks the hours of rows that changed, before and after. The trigger's arguments are the rollup and the column that says
-- when a row happened. Marks are only added: whether one is there already, a writer cannot know, since who takes it away
-- may not see what the writer has not committed.
BEGIN
    IF TG_OP = 'UPDATE' AND TG_ARGV[0] = 'jobs' THEN
        -- A run is written to many times, mostly to columns that are not counted; emptying an old log must open no hour.
        INSERT INTO public.rollup_invalidations (rollup, grain, starts_at, created_by, updated_by)
        SELECT DISTINCT TG_ARGV[0], 'hour', date_trunc('hour', other.created_at, 'UTC'), NULL::uuid, NULL::uuid
        FROM (
            (
                SELECT item.id, item.created_at, item.job_id, item.status, item.duration_ms FROM changed AS item
                EXCEPT SELECT item.id, item.created_at, item.job_id, item.status, item.duration_ms FROM changed_to AS item
            )
            UNION ALL
            (
                SELECT item.id, item.created_at, item.job_id, item.status, item.duration_ms FROM changed_to AS item
                EXCEPT SELECT item.id, item.created_at, item.job_id, item.status, item.duration_ms FROM changed AS item
            )
        ) AS other;
        RETURN NULL;
    END IF;
    IF TG_ARGV[1] = 'timestamp' THEN
        INSERT INTO public.rollup_invalidations (rollup, grain, starts_at, created_by, updated_by)
        SELECT DISTINCT TG_ARGV[0], 'hour', date_trunc('hour', item.timestamp, 'UTC'), NULL::uuid, NULL::uuid
        FROM changed AS item;
    ELSE
        INSERT INTO public.rollup_invalidations (rollup, grain, starts_at, created_by, updated_by)
        SELECT DISTINCT TG_ARGV[0], 'hour', date_trunc('hour', item.created_at, 'UTC'), NULL::uuid, NULL::uuid
        FROM changed AS item;
    END IF;
    IF TG_OP = 'UPDATE' AND TG_ARGV[1] = 'timestamp' THEN
        INSERT INTO public.rollup_invalidations (rollup, grain, starts_at, created_by, updated_by)
        SELECT TG_ARGV[0], 'hour', moved.hour, NULL::uuid, NULL::uuid
        FROM (
            SELECT date_trunc('hour', item.timestamp, 'UTC') AS hour FROM changed_to AS item
            EXCEPT SELECT date_trunc('hour', item.timestamp, 'UTC') FROM changed AS item
        ) AS moved;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO public.rollup_invalidations (rollup, grain, starts_at, created_by, updated_by)
        SELECT TG_ARGV[0], 'hour', moved.hour, NULL::uuid, NULL::uuid
        FROM (
            SELECT date_trunc('hour', item.created_at, 'UTC') AS hour FROM changed_to AS item
            EXCEPT SELECT date_trunc('hour', item.created_at, 'UTC') FROM changed AS item
        ) AS moved;
    END IF;
    RETURN NULL;
END
$$;

-- name: append_audit_seals
CREATE OR REPLACE FUNCTION append_audit_seals(seal_kind text, ids uuid[], since timestamptz) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
-- Seals these rows, all younger than `since`, as they are now: at most 10,000 in each link of the chain. docs/audit.md
-- describes every byte, so that others can verify it.
DECLARE
    part record;
    next_sequence bigint;
    latest_hash bytea;
    moment timestamptz;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('dataviz.audit_seals', 0));
    FOR part IN
        SELECT count(*) AS row_count, string_agg(
            uuid_send(item.id) || sha256(convert_to(to_jsonb(ARRAY[
                item.id::text, extract(epoch FROM item.timestamp)::text, item.user_id::text, item.action_type,
                item.resource_type, item.resource_id::text, item.old_values::text, item.new_values::text,
                item.ip_address::text, item.user_agent, item.request_id, item.database_user, item.salt::text,
                extract(epoch FROM item.created_at)::text, extract(epoch FROM item.updated_at)::text,
                item.created_by::text, item.updated_by::text
            ])::text, 'UTF8')),
            '' ORDER BY item.timestamp, item.id
        ) AS entries
        FROM (
            SELECT *, (row_number() OVER (ORDER BY timestamp, id) - 1) / 10000 AS number
            FROM public.audit_logs WHERE id = ANY (ids) AND timestamp > since
        ) AS item
        GROUP BY item.number ORDER BY item.number
    LOOP
        SELECT sequence + 1, hash INTO next_sequence, latest_hash
        FROM public.audit_seals ORDER BY sequence DESC LIMIT 1;
        IF NOT FOUND THEN
            next_sequence := 1;
            latest_hash := decode(repeat('00', 32), 'hex');
        END IF;
        moment := clock_timestamp();
        INSERT INTO public.audit_seals (sequence, kind, sealed_at, row_count, entries, previous_hash, hash)
        VALUES (
            next_sequence, seal_kind, moment, part.row_count, part.entries, latest_hash,
            sha256(
                latest_hash || int8send(next_sequence) || int8send((extract(epoch FROM moment) * 1000000)::bigint)
                || convert_to(seal_kind, 'UTF8') || part.entries
            )
        );
    END LOOP;
END
$$;

-- name: seal_audit_logs
CREATE OR REPLACE FUNCTION seal_audit_logs() RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
-- Seals all committed rows that are in no seal yet, and says how many. Those who write rows never wait for it. Rows commit
-- in another order than that of their times, so it looks back a day further than the last seal: whoever adds a row with an
-- older time than that leaves it without a seal for ever. Rows of the future wait until it has come.
DECLARE
    moment timestamptz;
    since timestamptz;
    pending uuid[];
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('dataviz.audit_seals', 0));
    moment := clock_timestamp();
    SELECT least(sealed_at, moment) - interval '1 day' INTO since FROM public.audit_seals ORDER BY sequence DESC LIMIT 1;
    since := coalesce(since, '-infinity');
    WITH sealed AS MATERIALIZED (
        SELECT substring(seal.entries FROM place FOR 16) AS id
        FROM (SELECT entries || ''::bytea AS entries FROM public.audit_seals WHERE sealed_at > since OFFSET 0) AS seal,
            generate_series(1, length(seal.entries), 48) AS place
    )
    SELECT array_agg(item.id) INTO pending
    FROM public.audit_logs AS item
    WHERE item.timestamp > since AND item.timestamp <= moment
        AND NOT EXISTS (SELECT FROM sealed WHERE sealed.id = uuid_send(item.id));
    PERFORM public.append_audit_seals('rows', pending, since);
    RETURN coalesce(cardinality(pending), 0);
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

-- name: search_name
CREATE OR REPLACE FUNCTION search_name(name text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT lower(normalize(name, NFKC))
$$;

-- name: search_terms
CREATE OR REPLACE FUNCTION search_terms(name text, source_comment text, description text, tags jsonb) RETURNS tsvector
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE
    terms text[];
BEGIN
    IF name !~ '[^a-z0-9_]' AND source_comment IS NULL AND description IS NULL AND tags = '[]' THEN
        -- What is below comes to this for names such as most are, and takes three times as long.
        RETURN array_to_tsvector(array_remove('=' || left(name, 499) || string_to_array(left(name, 500), '_'), ''));
    END IF;
    -- The whole name behind a =, and the words of the name as they are.
    terms := ARRAY['=' || left(lower(normalize(name, NFKC)), 499)] || regexp_split_to_array(
        left(lower(normalize(
            regexp_replace(name, '([[:lower:]0-9])([[:upper:]])|([[:upper:]])(?=[[:upper:]][[:lower:]])', '\1\3 \2', 'g'), NFKC
        )), 500),
        '[\s!-/:-@[-`{-~]+'
    );
    IF source_comment IS NOT NULL OR description IS NOT NULL OR tags <> '[]' THEN
        -- The words of what is said about it behind a ~.
        terms := terms || ARRAY(
            SELECT '~' || left(word, 499)
            FROM regexp_split_to_table(
                lower(normalize(left(concat_ws(' ', source_comment, description, nullif(tags, '[]')), 10000), NFKC)),
                '[\s!-/:-@[-`{-~]+'
            ) AS word
            WHERE word <> ''
        );
    END IF;
    RETURN array_to_tsvector(array_remove(terms, ''));
END
$$;
