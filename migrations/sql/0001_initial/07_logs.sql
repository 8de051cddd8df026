CREATE TABLE audit_logs (
    id UUID DEFAULT uuid_v7() NOT NULL,
    timestamp TIMESTAMPTZ DEFAULT now() NOT NULL,
    user_id UUID,
    action_type VARCHAR(100) NOT NULL,
    resource_type VARCHAR(100) NOT NULL,
    resource_id UUID,
    old_values JSONB,
    new_values JSONB,
    ip_address INET,
    user_agent TEXT,
    created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    updated_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    created_by UUID,
    updated_by UUID,
    CONSTRAINT pk_audit_logs PRIMARY KEY (id, timestamp),
    CONSTRAINT fk_audit_logs_user_id FOREIGN KEY (user_id)
        REFERENCES users (id) ON DELETE RESTRICT,
    CONSTRAINT fk_audit_logs_created_by FOREIGN KEY (created_by)
        REFERENCES users (id) ON DELETE RESTRICT,
    CONSTRAINT fk_audit_logs_updated_by FOREIGN KEY (updated_by)
        REFERENCES users (id) ON DELETE RESTRICT
)
PARTITION BY RANGE (timestamp);

CREATE INDEX idx_audit_logs_action_type_timestamp ON audit_logs (action_type, timestamp DESC);
CREATE INDEX idx_audit_logs_created_by ON audit_logs (created_by) WHERE created_by IS NOT NULL;
CREATE INDEX idx_audit_logs_resource ON audit_logs (resource_type, resource_id, timestamp DESC);
CREATE INDEX idx_audit_logs_timestamp ON audit_logs (timestamp);
CREATE INDEX idx_audit_logs_updated_by ON audit_logs (updated_by) WHERE updated_by IS NOT NULL;
CREATE INDEX idx_audit_logs_user_id_timestamp ON audit_logs (user_id, timestamp DESC);

CREATE TRIGGER touch_updated_at BEFORE UPDATE ON audit_logs
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();


CREATE TABLE query_execution_logs (
    id UUID DEFAULT uuid_v7() NOT NULL,
    timestamp TIMESTAMPTZ DEFAULT now() NOT NULL,
    user_id UUID,
    data_source_id UUID,
    query_text TEXT NOT NULL,
    query_hash VARCHAR(64) NOT NULL,
    execution_time_ms INTEGER,
    rows_returned INTEGER,
    status VARCHAR(50) NOT NULL,
    cache_hit BOOLEAN DEFAULT false NOT NULL,
    created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    updated_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    created_by UUID,
    updated_by UUID,
    CONSTRAINT pk_query_execution_logs PRIMARY KEY (id, timestamp),
    CONSTRAINT ck_query_execution_logs_status CHECK (status IN ('succeeded', 'failed', 'cancelled', 'timed_out')),
    CONSTRAINT ck_query_execution_logs_execution_time_ms_not_negative CHECK (execution_time_ms >= 0),
    CONSTRAINT ck_query_execution_logs_rows_returned_not_negative CHECK (rows_returned >= 0),
    CONSTRAINT fk_query_execution_logs_user_id FOREIGN KEY (user_id)
        REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_query_execution_logs_data_source_id FOREIGN KEY (data_source_id)
        REFERENCES data_sources (id) ON DELETE SET NULL,
    CONSTRAINT fk_query_execution_logs_created_by FOREIGN KEY (created_by)
        REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_query_execution_logs_updated_by FOREIGN KEY (updated_by)
        REFERENCES users (id) ON DELETE SET NULL
)
PARTITION BY RANGE (timestamp);

CREATE INDEX idx_query_execution_logs_created_by ON query_execution_logs (created_by) WHERE created_by IS NOT NULL;
CREATE INDEX idx_query_execution_logs_data_source_id_timestamp ON query_execution_logs (data_source_id, timestamp DESC);
CREATE INDEX idx_query_execution_logs_query_hash_timestamp ON query_execution_logs (query_hash, timestamp DESC);
CREATE INDEX idx_query_execution_logs_timestamp ON query_execution_logs (timestamp);
CREATE INDEX idx_query_execution_logs_updated_by ON query_execution_logs (updated_by) WHERE updated_by IS NOT NULL;
CREATE INDEX idx_query_execution_logs_user_id_timestamp ON query_execution_logs (user_id, timestamp DESC);

CREATE TRIGGER touch_updated_at BEFORE UPDATE ON query_execution_logs
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();


CREATE TABLE dashboard_analytics (
    id UUID DEFAULT uuid_v7() NOT NULL,
    timestamp TIMESTAMPTZ DEFAULT now() NOT NULL,
    dashboard_id UUID NOT NULL,
    user_id UUID,
    action_type VARCHAR(100) NOT NULL,
    duration_seconds INTEGER,
    ip_address INET,
    created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    updated_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    created_by UUID,
    updated_by UUID,
    CONSTRAINT pk_dashboard_analytics PRIMARY KEY (id, timestamp),
    CONSTRAINT ck_dashboard_analytics_action_type CHECK (action_type IN ('view', 'refresh', 'filter', 'interact', 'export', 'share', 'edit')),
    CONSTRAINT ck_dashboard_analytics_duration_seconds_not_negative CHECK (duration_seconds >= 0),
    CONSTRAINT fk_dashboard_analytics_dashboard_id FOREIGN KEY (dashboard_id)
        REFERENCES dashboards (id) ON DELETE CASCADE,
    CONSTRAINT fk_dashboard_analytics_user_id FOREIGN KEY (user_id)
        REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_dashboard_analytics_created_by FOREIGN KEY (created_by)
        REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_dashboard_analytics_updated_by FOREIGN KEY (updated_by)
        REFERENCES users (id) ON DELETE SET NULL
)
PARTITION BY RANGE (timestamp);

CREATE INDEX idx_dashboard_analytics_created_by ON dashboard_analytics (created_by) WHERE created_by IS NOT NULL;
CREATE INDEX idx_dashboard_analytics_dashboard_id_timestamp ON dashboard_analytics (dashboard_id, timestamp DESC);
CREATE INDEX idx_dashboard_analytics_timestamp ON dashboard_analytics (timestamp);
CREATE INDEX idx_dashboard_analytics_updated_by ON dashboard_analytics (updated_by) WHERE updated_by IS NOT NULL;
CREATE INDEX idx_dashboard_analytics_user_id_timestamp ON dashboard_analytics (user_id, timestamp DESC);

CREATE TRIGGER touch_updated_at BEFORE UPDATE ON dashboard_analytics
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
