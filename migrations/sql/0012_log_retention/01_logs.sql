CREATE INDEX idx_scheduler_job_runs_logged ON scheduler_job_runs (completed_at)
    WHERE output_log IS NOT NULL OR error_log IS NOT NULL;

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
