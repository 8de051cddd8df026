ALTER TABLE scheduler_jobs
    ADD COLUMN run_at TIMESTAMPTZ,
    ADD COLUMN starts_at TIMESTAMPTZ,
    ADD COLUMN ends_at TIMESTAMPTZ,
    ADD COLUMN run_policy JSONB DEFAULT '{}' NOT NULL,
    ADD COLUMN pause_reason VARCHAR(50),
    ADD CONSTRAINT ck_scheduler_jobs_pause_reason CHECK (pause_reason IN ('failures', 'inactive_owner'));

-- Slots of a job that is paused are decided about too: each is recorded as skipped.
DROP INDEX idx_scheduler_jobs_due;
CREATE INDEX idx_scheduler_jobs_due ON scheduler_jobs (next_run_at) WHERE next_run_at IS NOT NULL;

-- The scheduler moves these; people who change a job are what the audit is for.
DROP TRIGGER touch_updated_at ON scheduler_jobs;
CREATE TRIGGER touch_updated_at BEFORE UPDATE ON scheduler_jobs
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at('next_run_at', 'consecutive_failures');
DROP TRIGGER audit_change ON scheduler_jobs;
CREATE TRIGGER audit_change AFTER INSERT OR UPDATE OR DELETE ON scheduler_jobs
    FOR EACH ROW EXECUTE FUNCTION audit_change('next_run_at', 'consecutive_failures');

-- Nothing has run these until now. The scheduler finds the first time after this moment.
UPDATE scheduler_jobs SET next_run_at = now() WHERE schedule_expression IS NOT NULL;

-- A job without an owner has the rights of the platform: it must not come to them by the deletion of its owner.
ALTER TABLE scheduler_jobs DROP CONSTRAINT fk_scheduler_jobs_created_by;
ALTER TABLE scheduler_jobs ADD CONSTRAINT fk_scheduler_jobs_created_by FOREIGN KEY (created_by)
    REFERENCES users (id) ON DELETE RESTRICT;
