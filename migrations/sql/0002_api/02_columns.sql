ALTER TABLE audit_logs
    ADD COLUMN request_id VARCHAR(64),
    ADD COLUMN database_user VARCHAR(63) DEFAULT SESSION_USER,
    ADD COLUMN salt UUID DEFAULT gen_random_uuid() NOT NULL;

ALTER TABLE api_keys
    ALTER COLUMN created_by SET DEFAULT caller_id(),
    ALTER COLUMN updated_by SET DEFAULT caller_id();
ALTER TABLE audit_logs
    ALTER COLUMN created_by SET DEFAULT caller_id(),
    ALTER COLUMN updated_by SET DEFAULT caller_id();
ALTER TABLE bookmarks
    ALTER COLUMN created_by SET DEFAULT caller_id(),
    ALTER COLUMN updated_by SET DEFAULT caller_id();
ALTER TABLE chart_library
    ALTER COLUMN created_by SET DEFAULT caller_id(),
    ALTER COLUMN updated_by SET DEFAULT caller_id();
ALTER TABLE column_metadata
    ADD COLUMN position INTEGER DEFAULT 0 NOT NULL,
    ADD COLUMN native_type TEXT,
    ADD COLUMN normalized_type VARCHAR(20) DEFAULT 'other' NOT NULL,
    ADD COLUMN max_length BIGINT,
    ADD COLUMN numeric_precision INTEGER,
    ADD COLUMN numeric_scale INTEGER,
    ADD COLUMN default_expression TEXT,
    ADD COLUMN is_generated BOOLEAN DEFAULT false NOT NULL,
    ADD COLUMN generation_expression TEXT,
    ADD COLUMN is_identity BOOLEAN DEFAULT false NOT NULL,
    ADD COLUMN source_comment TEXT,
    ADD COLUMN description TEXT,
    ADD COLUMN tags JSONB DEFAULT '[]' NOT NULL,
    ADD COLUMN first_seen_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    ADD COLUMN removed_at TIMESTAMPTZ,
    ADD CONSTRAINT ck_column_metadata_normalized_type CHECK (normalized_type IN ('boolean', 'integer', 'decimal', 'float', 'string', 'enum', 'binary', 'date', 'time', 'datetime', 'timestamp', 'interval', 'uuid', 'json', 'array', 'struct', 'range', 'spatial', 'other')),
    ALTER COLUMN created_by SET DEFAULT caller_id(),
    ALTER COLUMN updated_by SET DEFAULT caller_id();
ALTER TABLE comments
    ADD COLUMN deleted_at TIMESTAMPTZ,
    ALTER COLUMN created_by SET DEFAULT caller_id(),
    ALTER COLUMN updated_by SET DEFAULT caller_id();
ALTER TABLE dashboard_analytics
    ALTER COLUMN created_by SET DEFAULT caller_id(),
    ALTER COLUMN updated_by SET DEFAULT caller_id();
ALTER TABLE dashboard_components
    ALTER COLUMN created_by SET DEFAULT caller_id(),
    ALTER COLUMN updated_by SET DEFAULT caller_id();
ALTER TABLE dashboards
    ALTER COLUMN created_by SET DEFAULT caller_id(),
    ALTER COLUMN updated_by SET DEFAULT caller_id();
ALTER TABLE data_sources
    ADD COLUMN test_reason VARCHAR(50),
    ADD COLUMN test_message TEXT,
    ALTER COLUMN created_by SET DEFAULT caller_id(),
    ALTER COLUMN updated_by SET DEFAULT caller_id();
ALTER TABLE database_metadata
    ADD COLUMN row_count_kind VARCHAR(20) DEFAULT 'unknown' NOT NULL,
    ADD COLUMN size_bytes_kind VARCHAR(20) DEFAULT 'unknown' NOT NULL,
    ADD COLUMN counted_at TIMESTAMPTZ,
    ADD COLUMN is_partitioned BOOLEAN DEFAULT false NOT NULL,
    ADD COLUMN source_comment TEXT,
    ADD COLUMN view_definition TEXT,
    ADD COLUMN primary_key JSONB DEFAULT '[]' NOT NULL,
    ADD COLUMN unique_keys JSONB DEFAULT '[]' NOT NULL,
    ADD COLUMN foreign_keys JSONB DEFAULT '[]' NOT NULL,
    ADD COLUMN indexes JSONB DEFAULT '[]' NOT NULL,
    ADD COLUMN access VARCHAR(20) DEFAULT 'readable' NOT NULL,
    ADD COLUMN access_remedy TEXT,
    ADD COLUMN fingerprint VARCHAR(64),
    ADD COLUMN description TEXT,
    ADD COLUMN tags JSONB DEFAULT '[]' NOT NULL,
    ADD COLUMN first_seen_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    ADD COLUMN last_seen_at TIMESTAMPTZ,
    ADD COLUMN removed_at TIMESTAMPTZ;
UPDATE database_metadata
SET row_count_kind = CASE WHEN row_count IS NULL THEN 'unknown' ELSE 'estimate' END,
    size_bytes_kind = CASE WHEN size_bytes IS NULL THEN 'unknown' ELSE 'estimate' END;
ALTER TABLE database_metadata
    ADD CONSTRAINT ck_database_metadata_access CHECK (access IN ('readable', 'denied')),
    ADD CONSTRAINT ck_database_metadata_row_count_is_known CHECK ((row_count IS NULL) = (row_count_kind = 'unknown')),
    ADD CONSTRAINT ck_database_metadata_row_count_kind CHECK (row_count_kind IN ('exact', 'estimate', 'unknown')),
    ADD CONSTRAINT ck_database_metadata_size_bytes_is_known CHECK ((size_bytes IS NULL) = (size_bytes_kind = 'unknown')),
    ADD CONSTRAINT ck_database_metadata_size_bytes_kind CHECK (size_bytes_kind IN ('exact', 'estimate', 'unknown')),
    ALTER COLUMN created_by SET DEFAULT caller_id(),
    ALTER COLUMN updated_by SET DEFAULT caller_id();
ALTER TABLE notifications
    ALTER COLUMN created_by SET DEFAULT caller_id(),
    ALTER COLUMN updated_by SET DEFAULT caller_id();
ALTER TABLE one_time_tokens
    ALTER COLUMN created_by SET DEFAULT caller_id(),
    ALTER COLUMN updated_by SET DEFAULT caller_id();
ALTER TABLE query_execution_logs
    ALTER COLUMN created_by SET DEFAULT caller_id(),
    ALTER COLUMN updated_by SET DEFAULT caller_id();
ALTER TABLE rejected_rows
    ALTER COLUMN created_by SET DEFAULT caller_id(),
    ALTER COLUMN updated_by SET DEFAULT caller_id();
ALTER TABLE resource_permissions
    ALTER COLUMN created_by SET DEFAULT caller_id(),
    ALTER COLUMN updated_by SET DEFAULT caller_id();
ALTER TABLE roles
    ALTER COLUMN created_by SET DEFAULT caller_id(),
    ALTER COLUMN updated_by SET DEFAULT caller_id();
ALTER TABLE saved_queries
    ALTER COLUMN created_by SET DEFAULT caller_id(),
    ALTER COLUMN updated_by SET DEFAULT caller_id();
ALTER TABLE scheduler_job_runs
    ALTER COLUMN created_by SET DEFAULT caller_id(),
    ALTER COLUMN updated_by SET DEFAULT caller_id();
ALTER TABLE scheduler_jobs
    ALTER COLUMN created_by SET DEFAULT caller_id(),
    ALTER COLUMN updated_by SET DEFAULT caller_id();
ALTER TABLE service_heartbeats
    ALTER COLUMN created_by SET DEFAULT caller_id(),
    ALTER COLUMN updated_by SET DEFAULT caller_id();
ALTER TABLE sessions
    ALTER COLUMN created_by SET DEFAULT caller_id(),
    ALTER COLUMN updated_by SET DEFAULT caller_id();
ALTER TABLE system_settings
    ALTER COLUMN created_by SET DEFAULT caller_id(),
    ALTER COLUMN updated_by SET DEFAULT caller_id();
ALTER TABLE theme_library
    ALTER COLUMN created_by SET DEFAULT caller_id(),
    ALTER COLUMN updated_by SET DEFAULT caller_id();
ALTER TABLE upload_batches
    ALTER COLUMN created_by SET DEFAULT caller_id(),
    ALTER COLUMN updated_by SET DEFAULT caller_id();
ALTER TABLE upload_history
    ADD COLUMN is_dry_run BOOLEAN DEFAULT false NOT NULL,
    ADD COLUMN progress JSONB,
    ADD COLUMN cancel_requested_at TIMESTAMPTZ,
    ADD COLUMN lost_count INTEGER DEFAULT 0 NOT NULL,
    ADD COLUMN reported_at TIMESTAMPTZ,
    ADD CONSTRAINT ck_upload_history_lost_count_not_negative CHECK (lost_count >= 0),
    DROP CONSTRAINT ck_upload_history_status,
    ADD CONSTRAINT ck_upload_history_status CHECK (status IN ('queued', 'running', 'succeeded', 'failed', 'duplicate', 'quarantined', 'cancelled', 'undone', 'previewed')),
    ALTER COLUMN created_by SET DEFAULT caller_id(),
    ALTER COLUMN updated_by SET DEFAULT caller_id();
CREATE INDEX idx_upload_history_unreported ON upload_history (id) WHERE reported_at IS NULL AND NOT is_dry_run AND (source = 'api' OR status = 'undone');
ALTER TABLE upload_templates
    ALTER COLUMN created_by SET DEFAULT caller_id(),
    ALTER COLUMN updated_by SET DEFAULT caller_id();
ALTER TABLE user_preferences
    ALTER COLUMN created_by SET DEFAULT caller_id(),
    ALTER COLUMN updated_by SET DEFAULT caller_id();
ALTER TABLE user_roles
    ALTER COLUMN created_by SET DEFAULT caller_id(),
    ALTER COLUMN updated_by SET DEFAULT caller_id();
ALTER TABLE users
    ALTER COLUMN created_by SET DEFAULT caller_id(),
    ALTER COLUMN updated_by SET DEFAULT caller_id();
ALTER TABLE visualizations
    ALTER COLUMN created_by SET DEFAULT caller_id(),
    ALTER COLUMN updated_by SET DEFAULT caller_id();
