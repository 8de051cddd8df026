CREATE TABLE scheduler_jobs (
    id UUID DEFAULT uuid_v7() NOT NULL,
    name VARCHAR(255) NOT NULL,
    job_type VARCHAR(100) NOT NULL,
    schedule_expression VARCHAR(200),
    timezone VARCHAR(50) DEFAULT 'UTC' NOT NULL,
    target_resource_type VARCHAR(100),
    target_resource_id UUID,
    job_config JSONB DEFAULT '{}' NOT NULL,
    notification_config JSONB DEFAULT '{}' NOT NULL,
    is_active BOOLEAN DEFAULT true NOT NULL,
    next_run_at TIMESTAMPTZ,
    consecutive_failures INTEGER DEFAULT 0 NOT NULL,
    created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    updated_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    created_by UUID,
    updated_by UUID,
    CONSTRAINT pk_scheduler_jobs PRIMARY KEY (id),
    CONSTRAINT ck_scheduler_jobs_job_type CHECK (job_type IN ('metadata_discovery', 'upload_ingestion', 'analytics_rollup', 'query_refresh', 'data_quality_check', 'report_delivery', 'http_call', 'retention', 'backup', 'maintenance')),
    CONSTRAINT ck_scheduler_jobs_consecutive_failures_not_negative CHECK (consecutive_failures >= 0),
    CONSTRAINT fk_scheduler_jobs_created_by FOREIGN KEY (created_by)
        REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_scheduler_jobs_updated_by FOREIGN KEY (updated_by)
        REFERENCES users (id) ON DELETE SET NULL
);

CREATE INDEX idx_scheduler_jobs_created_by ON scheduler_jobs (created_by) WHERE created_by IS NOT NULL;
CREATE INDEX idx_scheduler_jobs_due ON scheduler_jobs (next_run_at) WHERE is_active AND next_run_at IS NOT NULL;
CREATE INDEX idx_scheduler_jobs_name ON scheduler_jobs (name);
CREATE INDEX idx_scheduler_jobs_target ON scheduler_jobs (target_resource_type, target_resource_id);
CREATE INDEX idx_scheduler_jobs_updated_by ON scheduler_jobs (updated_by) WHERE updated_by IS NOT NULL;

CREATE TRIGGER touch_updated_at BEFORE UPDATE ON scheduler_jobs
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();


CREATE TABLE scheduler_job_runs (
    id UUID DEFAULT uuid_v7() NOT NULL,
    job_id UUID NOT NULL,
    run_id VARCHAR(100) NOT NULL,
    status VARCHAR(50) DEFAULT 'queued' NOT NULL,
    scheduled_for TIMESTAMPTZ,
    dagster_run_id VARCHAR(100),
    started_at TIMESTAMPTZ,
    completed_at TIMESTAMPTZ,
    duration_ms INTEGER,
    output_log TEXT,
    error_log TEXT,
    created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    updated_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    created_by UUID,
    updated_by UUID,
    CONSTRAINT pk_scheduler_job_runs PRIMARY KEY (id),
    CONSTRAINT uq_scheduler_job_runs_run_id UNIQUE (run_id),
    CONSTRAINT ck_scheduler_job_runs_status CHECK (status IN ('queued', 'running', 'succeeded', 'failed', 'cancelled', 'skipped', 'timed_out')),
    CONSTRAINT ck_scheduler_job_runs_duration_ms_not_negative CHECK (duration_ms >= 0),
    CONSTRAINT fk_scheduler_job_runs_job_id FOREIGN KEY (job_id)
        REFERENCES scheduler_jobs (id) ON DELETE CASCADE,
    CONSTRAINT fk_scheduler_job_runs_created_by FOREIGN KEY (created_by)
        REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_scheduler_job_runs_updated_by FOREIGN KEY (updated_by)
        REFERENCES users (id) ON DELETE SET NULL
);

CREATE INDEX idx_scheduler_job_runs_created_by ON scheduler_job_runs (created_by) WHERE created_by IS NOT NULL;
CREATE INDEX idx_scheduler_job_runs_dagster_run_id ON scheduler_job_runs (dagster_run_id);
CREATE INDEX idx_scheduler_job_runs_job_id_created_at ON scheduler_job_runs (job_id, created_at DESC);
CREATE INDEX idx_scheduler_job_runs_live ON scheduler_job_runs (created_at) WHERE status IN ('queued', 'running');
CREATE UNIQUE INDEX idx_scheduler_job_runs_slot ON scheduler_job_runs (job_id, scheduled_for) WHERE scheduled_for IS NOT NULL;
CREATE INDEX idx_scheduler_job_runs_updated_by ON scheduler_job_runs (updated_by) WHERE updated_by IS NOT NULL;

CREATE TRIGGER touch_updated_at BEFORE UPDATE ON scheduler_job_runs
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();


CREATE TABLE service_heartbeats (
    id UUID DEFAULT uuid_v7() NOT NULL,
    service_name VARCHAR(100) NOT NULL,
    beat_at TIMESTAMPTZ NOT NULL,
    created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    updated_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    created_by UUID,
    updated_by UUID,
    CONSTRAINT pk_service_heartbeats PRIMARY KEY (id),
    CONSTRAINT uq_service_heartbeats_service_name UNIQUE (service_name),
    CONSTRAINT fk_service_heartbeats_created_by FOREIGN KEY (created_by)
        REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_service_heartbeats_updated_by FOREIGN KEY (updated_by)
        REFERENCES users (id) ON DELETE SET NULL
);

CREATE INDEX idx_service_heartbeats_created_by ON service_heartbeats (created_by) WHERE created_by IS NOT NULL;
CREATE INDEX idx_service_heartbeats_updated_by ON service_heartbeats (updated_by) WHERE updated_by IS NOT NULL;

CREATE TRIGGER touch_updated_at BEFORE UPDATE ON service_heartbeats
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
