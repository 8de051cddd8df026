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
    ALTER COLUMN created_by SET DEFAULT caller_id(),
    ALTER COLUMN updated_by SET DEFAULT caller_id();
ALTER TABLE database_metadata
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
