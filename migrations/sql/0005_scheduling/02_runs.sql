ALTER TABLE scheduler_job_runs
    ADD COLUMN cause VARCHAR(50) DEFAULT 'dagster' NOT NULL,
    ADD COLUMN skip_reason VARCHAR(50),
    ADD COLUMN not_before TIMESTAMPTZ,
    ADD COLUMN priority INTEGER DEFAULT 0 NOT NULL,
    ADD COLUMN attempt INTEGER DEFAULT 0 NOT NULL,
    ADD COLUMN lost_count INTEGER DEFAULT 0 NOT NULL,
    ADD COLUMN cancel_requested BOOLEAN DEFAULT false NOT NULL,
    ADD COLUMN batch_id UUID,
    ADD CONSTRAINT ck_scheduler_job_runs_cause CHECK (cause IN ('schedule', 'catch_up', 'manual', 'backfill', 'dagster')),
    ADD CONSTRAINT ck_scheduler_job_runs_skip_reason CHECK (skip_reason IN ('overlap', 'missed', 'paused', 'failures', 'inactive_owner')),
    ADD CONSTRAINT ck_scheduler_job_runs_attempt_not_negative CHECK (attempt >= 0),
    ADD CONSTRAINT ck_scheduler_job_runs_lost_count_not_negative CHECK (lost_count >= 0);

CREATE INDEX idx_scheduler_job_runs_live_job ON scheduler_job_runs (job_id) WHERE status IN ('queued', 'running');
CREATE INDEX idx_scheduler_job_runs_live_batch ON scheduler_job_runs (batch_id)
    WHERE status IN ('queued', 'running') AND batch_id IS NOT NULL;
