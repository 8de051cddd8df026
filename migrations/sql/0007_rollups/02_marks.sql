CREATE FUNCTION mark_rollup() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
-- Marks the hours of rows that changed, before and after. The trigger's arguments are the rollup and the column that says
-- when a row happened. Marks are only added: whether one is there already, a writer cannot know, since who takes it away
-- may not see what the writer has not committed.
BEGIN
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

CREATE TRIGGER mark_rollup_on_insert AFTER INSERT ON audit_logs
    REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION mark_rollup('audit', 'timestamp');
CREATE TRIGGER mark_rollup_on_update AFTER UPDATE ON audit_logs
    REFERENCING OLD TABLE AS changed NEW TABLE AS changed_to
    FOR EACH STATEMENT EXECUTE FUNCTION mark_rollup('audit', 'timestamp');
CREATE TRIGGER mark_rollup_on_delete AFTER DELETE ON audit_logs
    REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION mark_rollup('audit', 'timestamp');
CREATE TRIGGER mark_rollup_on_insert AFTER INSERT ON dashboard_analytics
    REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION mark_rollup('dashboards', 'timestamp');
CREATE TRIGGER mark_rollup_on_update AFTER UPDATE ON dashboard_analytics
    REFERENCING OLD TABLE AS changed NEW TABLE AS changed_to
    FOR EACH STATEMENT EXECUTE FUNCTION mark_rollup('dashboards', 'timestamp');
CREATE TRIGGER mark_rollup_on_delete AFTER DELETE ON dashboard_analytics
    REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION mark_rollup('dashboards', 'timestamp');
CREATE TRIGGER mark_rollup_on_insert AFTER INSERT ON query_execution_logs
    REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION mark_rollup('queries', 'timestamp');
CREATE TRIGGER mark_rollup_on_update AFTER UPDATE ON query_execution_logs
    REFERENCING OLD TABLE AS changed NEW TABLE AS changed_to
    FOR EACH STATEMENT EXECUTE FUNCTION mark_rollup('queries', 'timestamp');
CREATE TRIGGER mark_rollup_on_delete AFTER DELETE ON query_execution_logs
    REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION mark_rollup('queries', 'timestamp');
CREATE TRIGGER mark_rollup_on_insert AFTER INSERT ON scheduler_job_runs
    REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION mark_rollup('jobs', 'created_at');
CREATE TRIGGER mark_rollup_on_update AFTER UPDATE ON scheduler_job_runs
    REFERENCING OLD TABLE AS changed NEW TABLE AS changed_to
    FOR EACH STATEMENT EXECUTE FUNCTION mark_rollup('jobs', 'created_at');
CREATE TRIGGER mark_rollup_on_delete AFTER DELETE ON scheduler_job_runs
    REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION mark_rollup('jobs', 'created_at');
CREATE TRIGGER mark_rollup_on_insert AFTER INSERT ON upload_history
    REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION mark_rollup('uploads', 'created_at');
CREATE TRIGGER mark_rollup_on_update AFTER UPDATE ON upload_history
    REFERENCING OLD TABLE AS changed NEW TABLE AS changed_to
    FOR EACH STATEMENT EXECUTE FUNCTION mark_rollup('uploads', 'created_at');
CREATE TRIGGER mark_rollup_on_delete AFTER DELETE ON upload_history
    REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION mark_rollup('uploads', 'created_at');

-- What was there before the triggers is counted too.
INSERT INTO rollup_invalidations (rollup, grain, starts_at)
SELECT DISTINCT 'audit', 'hour', date_trunc('hour', timestamp, 'UTC') FROM audit_logs
UNION SELECT 'dashboards', 'hour', date_trunc('hour', timestamp, 'UTC') FROM dashboard_analytics
UNION SELECT 'queries', 'hour', date_trunc('hour', timestamp, 'UTC') FROM query_execution_logs
UNION SELECT 'jobs', 'hour', date_trunc('hour', created_at, 'UTC') FROM scheduler_job_runs
UNION SELECT 'uploads', 'hour', date_trunc('hour', created_at, 'UTC') FROM upload_history;
