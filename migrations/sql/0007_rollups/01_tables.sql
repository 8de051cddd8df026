CREATE TABLE dashboard_rollups (
    id UUID DEFAULT uuid_v7() NOT NULL,
    dashboard_id UUID NOT NULL,
    action_type VARCHAR(100) NOT NULL,
    use_count BIGINT NOT NULL,
    duration_seconds BIGINT NOT NULL,
    timings BYTEA NOT NULL,
    grain VARCHAR(10) NOT NULL,
    starts_at TIMESTAMPTZ NOT NULL,
    created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    updated_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    created_by UUID DEFAULT caller_id(),
    updated_by UUID DEFAULT caller_id(),
    CONSTRAINT pk_dashboard_rollups PRIMARY KEY (id),
    CONSTRAINT ck_dashboard_rollups_grain CHECK (grain IN ('hour', 'day')),
    CONSTRAINT ck_dashboard_rollups_use_count_not_negative CHECK (use_count >= 0),
    CONSTRAINT ck_dashboard_rollups_duration_seconds_not_negative CHECK (duration_seconds >= 0),
    CONSTRAINT fk_dashboard_rollups_created_by FOREIGN KEY (created_by)
        REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_dashboard_rollups_updated_by FOREIGN KEY (updated_by)
        REFERENCES users (id) ON DELETE SET NULL
);

CREATE INDEX idx_dashboard_rollups_created_by ON dashboard_rollups (created_by) WHERE created_by IS NOT NULL;
CREATE INDEX idx_dashboard_rollups_dashboard_id ON dashboard_rollups (dashboard_id, grain, starts_at);
CREATE INDEX idx_dashboard_rollups_starts_at ON dashboard_rollups (grain, starts_at);
CREATE INDEX idx_dashboard_rollups_updated_by ON dashboard_rollups (updated_by) WHERE updated_by IS NOT NULL;

CREATE TRIGGER touch_updated_at BEFORE UPDATE ON dashboard_rollups
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();


CREATE TABLE dashboard_visitors (
    id UUID DEFAULT uuid_v7() NOT NULL,
    dashboard_id UUID NOT NULL,
    users BYTEA NOT NULL,
    grain VARCHAR(10) NOT NULL,
    starts_at TIMESTAMPTZ NOT NULL,
    created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    updated_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    created_by UUID DEFAULT caller_id(),
    updated_by UUID DEFAULT caller_id(),
    CONSTRAINT pk_dashboard_visitors PRIMARY KEY (id),
    CONSTRAINT ck_dashboard_visitors_grain CHECK (grain IN ('hour', 'day')),
    CONSTRAINT uq_dashboard_visitors_dashboard_id_grain_starts_at UNIQUE (dashboard_id, grain, starts_at),
    CONSTRAINT fk_dashboard_visitors_created_by FOREIGN KEY (created_by)
        REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_dashboard_visitors_updated_by FOREIGN KEY (updated_by)
        REFERENCES users (id) ON DELETE SET NULL
);

CREATE INDEX idx_dashboard_visitors_created_by ON dashboard_visitors (created_by) WHERE created_by IS NOT NULL;
CREATE INDEX idx_dashboard_visitors_starts_at ON dashboard_visitors (grain, starts_at);
CREATE INDEX idx_dashboard_visitors_updated_by ON dashboard_visitors (updated_by) WHERE updated_by IS NOT NULL;

CREATE TRIGGER touch_updated_at BEFORE UPDATE ON dashboard_visitors
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();


CREATE TABLE visitor_numbers (
    id UUID DEFAULT uuid_v7() NOT NULL,
    user_id UUID NOT NULL,
    number INTEGER NOT NULL,
    created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    updated_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    created_by UUID DEFAULT caller_id(),
    updated_by UUID DEFAULT caller_id(),
    CONSTRAINT pk_visitor_numbers PRIMARY KEY (id),
    CONSTRAINT uq_visitor_numbers_user_id UNIQUE (user_id),
    CONSTRAINT uq_visitor_numbers_number UNIQUE (number),
    CONSTRAINT ck_visitor_numbers_number_not_negative CHECK (number >= 0),
    CONSTRAINT fk_visitor_numbers_created_by FOREIGN KEY (created_by)
        REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_visitor_numbers_updated_by FOREIGN KEY (updated_by)
        REFERENCES users (id) ON DELETE SET NULL
);

CREATE INDEX idx_visitor_numbers_created_by ON visitor_numbers (created_by) WHERE created_by IS NOT NULL;
CREATE INDEX idx_visitor_numbers_updated_by ON visitor_numbers (updated_by) WHERE updated_by IS NOT NULL;

CREATE TRIGGER touch_updated_at BEFORE UPDATE ON visitor_numbers
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();


CREATE TABLE query_rollups (
    id UUID DEFAULT uuid_v7() NOT NULL,
    data_source_id UUID,
    query_hash VARCHAR(64) NOT NULL,
    status VARCHAR(50) NOT NULL,
    cache_hit BOOLEAN NOT NULL,
    run_count BIGINT NOT NULL,
    rows_returned BIGINT NOT NULL,
    execution_time_ms BIGINT NOT NULL,
    timings BYTEA NOT NULL,
    grain VARCHAR(10) NOT NULL,
    starts_at TIMESTAMPTZ NOT NULL,
    created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    updated_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    created_by UUID DEFAULT caller_id(),
    updated_by UUID DEFAULT caller_id(),
    CONSTRAINT pk_query_rollups PRIMARY KEY (id),
    CONSTRAINT ck_query_rollups_grain CHECK (grain IN ('hour', 'day')),
    CONSTRAINT ck_query_rollups_run_count_not_negative CHECK (run_count >= 0),
    CONSTRAINT ck_query_rollups_rows_returned_not_negative CHECK (rows_returned >= 0),
    CONSTRAINT ck_query_rollups_execution_time_ms_not_negative CHECK (execution_time_ms >= 0),
    CONSTRAINT fk_query_rollups_created_by FOREIGN KEY (created_by)
        REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_query_rollups_updated_by FOREIGN KEY (updated_by)
        REFERENCES users (id) ON DELETE SET NULL
);

CREATE INDEX idx_query_rollups_created_by ON query_rollups (created_by) WHERE created_by IS NOT NULL;
CREATE INDEX idx_query_rollups_query_hash ON query_rollups (query_hash, grain, starts_at);
CREATE INDEX idx_query_rollups_starts_at ON query_rollups (grain, starts_at);
CREATE INDEX idx_query_rollups_updated_by ON query_rollups (updated_by) WHERE updated_by IS NOT NULL;

CREATE TRIGGER touch_updated_at BEFORE UPDATE ON query_rollups
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();


CREATE TABLE upload_rollups (
    id UUID DEFAULT uuid_v7() NOT NULL,
    template_id UUID NOT NULL,
    status VARCHAR(50) NOT NULL,
    upload_count BIGINT NOT NULL,
    file_size_bytes BIGINT NOT NULL,
    records_processed BIGINT NOT NULL,
    records_success BIGINT NOT NULL,
    records_failed BIGINT NOT NULL,
    processing_time_ms BIGINT NOT NULL,
    timings BYTEA NOT NULL,
    grain VARCHAR(10) NOT NULL,
    starts_at TIMESTAMPTZ NOT NULL,
    created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    updated_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    created_by UUID DEFAULT caller_id(),
    updated_by UUID DEFAULT caller_id(),
    CONSTRAINT pk_upload_rollups PRIMARY KEY (id),
    CONSTRAINT ck_upload_rollups_grain CHECK (grain IN ('hour', 'day')),
    CONSTRAINT ck_upload_rollups_upload_count_not_negative CHECK (upload_count >= 0),
    CONSTRAINT ck_upload_rollups_file_size_bytes_not_negative CHECK (file_size_bytes >= 0),
    CONSTRAINT ck_upload_rollups_records_processed_not_negative CHECK (records_processed >= 0),
    CONSTRAINT ck_upload_rollups_records_success_not_negative CHECK (records_success >= 0),
    CONSTRAINT ck_upload_rollups_records_failed_not_negative CHECK (records_failed >= 0),
    CONSTRAINT ck_upload_rollups_processing_time_ms_not_negative CHECK (processing_time_ms >= 0),
    CONSTRAINT fk_upload_rollups_created_by FOREIGN KEY (created_by)
        REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_upload_rollups_updated_by FOREIGN KEY (updated_by)
        REFERENCES users (id) ON DELETE SET NULL
);

CREATE INDEX idx_upload_rollups_created_by ON upload_rollups (created_by) WHERE created_by IS NOT NULL;
CREATE INDEX idx_upload_rollups_starts_at ON upload_rollups (grain, starts_at);
CREATE INDEX idx_upload_rollups_updated_by ON upload_rollups (updated_by) WHERE updated_by IS NOT NULL;

CREATE TRIGGER touch_updated_at BEFORE UPDATE ON upload_rollups
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();


CREATE TABLE job_rollups (
    id UUID DEFAULT uuid_v7() NOT NULL,
    job_id UUID NOT NULL,
    status VARCHAR(50) NOT NULL,
    run_count BIGINT NOT NULL,
    duration_ms BIGINT NOT NULL,
    timings BYTEA NOT NULL,
    grain VARCHAR(10) NOT NULL,
    starts_at TIMESTAMPTZ NOT NULL,
    created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    updated_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    created_by UUID DEFAULT caller_id(),
    updated_by UUID DEFAULT caller_id(),
    CONSTRAINT pk_job_rollups PRIMARY KEY (id),
    CONSTRAINT ck_job_rollups_grain CHECK (grain IN ('hour', 'day')),
    CONSTRAINT ck_job_rollups_run_count_not_negative CHECK (run_count >= 0),
    CONSTRAINT ck_job_rollups_duration_ms_not_negative CHECK (duration_ms >= 0),
    CONSTRAINT fk_job_rollups_created_by FOREIGN KEY (created_by)
        REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_job_rollups_updated_by FOREIGN KEY (updated_by)
        REFERENCES users (id) ON DELETE SET NULL
);

CREATE INDEX idx_job_rollups_created_by ON job_rollups (created_by) WHERE created_by IS NOT NULL;
CREATE INDEX idx_job_rollups_starts_at ON job_rollups (grain, starts_at);
CREATE INDEX idx_job_rollups_updated_by ON job_rollups (updated_by) WHERE updated_by IS NOT NULL;

CREATE TRIGGER touch_updated_at BEFORE UPDATE ON job_rollups
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();


CREATE TABLE audit_rollups (
    id UUID DEFAULT uuid_v7() NOT NULL,
    action_type VARCHAR(100) NOT NULL,
    resource_type VARCHAR(100) NOT NULL,
    action_count BIGINT NOT NULL,
    grain VARCHAR(10) NOT NULL,
    starts_at TIMESTAMPTZ NOT NULL,
    created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    updated_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    created_by UUID DEFAULT caller_id(),
    updated_by UUID DEFAULT caller_id(),
    CONSTRAINT pk_audit_rollups PRIMARY KEY (id),
    CONSTRAINT ck_audit_rollups_grain CHECK (grain IN ('hour', 'day')),
    CONSTRAINT ck_audit_rollups_action_count_not_negative CHECK (action_count >= 0),
    CONSTRAINT fk_audit_rollups_created_by FOREIGN KEY (created_by)
        REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_audit_rollups_updated_by FOREIGN KEY (updated_by)
        REFERENCES users (id) ON DELETE SET NULL
);

CREATE INDEX idx_audit_rollups_created_by ON audit_rollups (created_by) WHERE created_by IS NOT NULL;
CREATE INDEX idx_audit_rollups_starts_at ON audit_rollups (grain, starts_at);
CREATE INDEX idx_audit_rollups_updated_by ON audit_rollups (updated_by) WHERE updated_by IS NOT NULL;

CREATE TRIGGER touch_updated_at BEFORE UPDATE ON audit_rollups
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();


CREATE TABLE rollup_invalidations (
    id UUID DEFAULT uuid_v7() NOT NULL,
    rollup VARCHAR(20) NOT NULL,
    grain VARCHAR(10) NOT NULL,
    starts_at TIMESTAMPTZ NOT NULL,
    created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    updated_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    created_by UUID DEFAULT caller_id(),
    updated_by UUID DEFAULT caller_id(),
    CONSTRAINT pk_rollup_invalidations PRIMARY KEY (id),
    CONSTRAINT ck_rollup_invalidations_rollup CHECK (rollup IN ('dashboards', 'queries', 'uploads', 'jobs', 'audit')),
    CONSTRAINT ck_rollup_invalidations_grain CHECK (grain IN ('hour', 'day')),
    CONSTRAINT fk_rollup_invalidations_created_by FOREIGN KEY (created_by)
        REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_rollup_invalidations_updated_by FOREIGN KEY (updated_by)
        REFERENCES users (id) ON DELETE SET NULL
);

CREATE INDEX idx_rollup_invalidations_created_by ON rollup_invalidations (created_by) WHERE created_by IS NOT NULL;
CREATE INDEX idx_rollup_invalidations_period ON rollup_invalidations (rollup, grain, starts_at);
CREATE INDEX idx_rollup_invalidations_updated_by ON rollup_invalidations (updated_by) WHERE updated_by IS NOT NULL;

CREATE TRIGGER touch_updated_at BEFORE UPDATE ON rollup_invalidations
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();


CREATE INDEX idx_scheduler_job_runs_created_at ON scheduler_job_runs (created_at);
