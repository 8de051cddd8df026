CREATE TABLE audit_seals (
    id UUID DEFAULT uuid_v7() NOT NULL,
    sequence BIGINT NOT NULL,
    kind VARCHAR(20) NOT NULL,
    sealed_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    row_count INTEGER NOT NULL,
    entries BYTEA NOT NULL,
    previous_hash BYTEA NOT NULL,
    hash BYTEA NOT NULL,
    created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    updated_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    created_by UUID DEFAULT caller_id(),
    updated_by UUID DEFAULT caller_id(),
    CONSTRAINT pk_audit_seals PRIMARY KEY (id),
    CONSTRAINT uq_audit_seals_sequence UNIQUE (sequence),
    CONSTRAINT ck_audit_seals_kind CHECK (kind IN ('rows', 'erasure')),
    CONSTRAINT ck_audit_seals_row_count_not_negative CHECK (row_count >= 0),
    CONSTRAINT fk_audit_seals_created_by FOREIGN KEY (created_by)
        REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_audit_seals_updated_by FOREIGN KEY (updated_by)
        REFERENCES users (id) ON DELETE SET NULL
);

CREATE INDEX idx_audit_seals_created_by ON audit_seals (created_by) WHERE created_by IS NOT NULL;
CREATE INDEX idx_audit_seals_updated_by ON audit_seals (updated_by) WHERE updated_by IS NOT NULL;


CREATE TABLE idempotency_keys (
    id UUID DEFAULT uuid_v7() NOT NULL,
    user_id UUID NOT NULL,
    idempotency_key VARCHAR(255) NOT NULL,
    request_hash VARCHAR(64) NOT NULL,
    response_status INTEGER NOT NULL,
    response_headers JSONB NOT NULL,
    response_body TEXT NOT NULL,
    created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    updated_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    created_by UUID DEFAULT caller_id(),
    updated_by UUID DEFAULT caller_id(),
    CONSTRAINT pk_idempotency_keys PRIMARY KEY (id),
    CONSTRAINT uq_idempotency_keys_user_id_idempotency_key UNIQUE (user_id, idempotency_key),
    CONSTRAINT fk_idempotency_keys_user_id FOREIGN KEY (user_id)
        REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT fk_idempotency_keys_created_by FOREIGN KEY (created_by)
        REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_idempotency_keys_updated_by FOREIGN KEY (updated_by)
        REFERENCES users (id) ON DELETE SET NULL
);

CREATE INDEX idx_idempotency_keys_created_at ON idempotency_keys (created_at);
CREATE INDEX idx_idempotency_keys_created_by ON idempotency_keys (created_by) WHERE created_by IS NOT NULL;
CREATE INDEX idx_idempotency_keys_updated_by ON idempotency_keys (updated_by) WHERE updated_by IS NOT NULL;


CREATE TABLE login_throttles (
    id UUID DEFAULT uuid_v7() NOT NULL,
    subject VARCHAR(100) NOT NULL,
    failure_count INTEGER DEFAULT 0 NOT NULL,
    last_failure_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    blocked_until TIMESTAMPTZ,
    created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    updated_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    created_by UUID DEFAULT caller_id(),
    updated_by UUID DEFAULT caller_id(),
    CONSTRAINT pk_login_throttles PRIMARY KEY (id),
    CONSTRAINT uq_login_throttles_subject UNIQUE (subject),
    CONSTRAINT ck_login_throttles_failure_count_not_negative CHECK (failure_count >= 0),
    CONSTRAINT fk_login_throttles_created_by FOREIGN KEY (created_by)
        REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_login_throttles_updated_by FOREIGN KEY (updated_by)
        REFERENCES users (id) ON DELETE SET NULL
);

CREATE INDEX idx_login_throttles_created_by ON login_throttles (created_by) WHERE created_by IS NOT NULL;
CREATE INDEX idx_login_throttles_last_failure_at ON login_throttles (last_failure_at);
CREATE INDEX idx_login_throttles_updated_by ON login_throttles (updated_by) WHERE updated_by IS NOT NULL;


CREATE TABLE resource_versions (
    id UUID DEFAULT uuid_v7() NOT NULL,
    resource_type VARCHAR(100) NOT NULL,
    resource_id UUID NOT NULL,
    version INTEGER NOT NULL,
    document JSONB NOT NULL,
    created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    updated_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    created_by UUID DEFAULT caller_id(),
    updated_by UUID DEFAULT caller_id(),
    CONSTRAINT pk_resource_versions PRIMARY KEY (id),
    CONSTRAINT uq_resource_versions_resource_type_resource_id_version UNIQUE (resource_type, resource_id, version),
    CONSTRAINT ck_resource_versions_resource_type CHECK (resource_type IN ('dashboard', 'visualization', 'saved_query', 'data_source', 'upload_template', 'scheduler_job', 'theme', 'chart')),
    CONSTRAINT ck_resource_versions_version_positive CHECK (version > 0),
    CONSTRAINT fk_resource_versions_created_by FOREIGN KEY (created_by)
        REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_resource_versions_updated_by FOREIGN KEY (updated_by)
        REFERENCES users (id) ON DELETE SET NULL
);

CREATE INDEX idx_resource_versions_created_by ON resource_versions (created_by) WHERE created_by IS NOT NULL;
CREATE INDEX idx_resource_versions_updated_by ON resource_versions (updated_by) WHERE updated_by IS NOT NULL;


CREATE TABLE public_links (
    id UUID DEFAULT uuid_v7() NOT NULL,
    dashboard_id UUID NOT NULL,
    name VARCHAR(255) NOT NULL,
    token_prefix VARCHAR(16) NOT NULL,
    token_hash VARCHAR(64) NOT NULL,
    password_hash VARCHAR(255),
    expires_at TIMESTAMPTZ,
    revoked_at TIMESTAMPTZ,
    last_used_at TIMESTAMPTZ,
    use_count INTEGER DEFAULT 0 NOT NULL,
    created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    updated_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    created_by UUID DEFAULT caller_id(),
    updated_by UUID DEFAULT caller_id(),
    CONSTRAINT pk_public_links PRIMARY KEY (id),
    CONSTRAINT uq_public_links_token_hash UNIQUE (token_hash),
    CONSTRAINT ck_public_links_use_count_not_negative CHECK (use_count >= 0),
    CONSTRAINT fk_public_links_dashboard_id FOREIGN KEY (dashboard_id)
        REFERENCES dashboards (id) ON DELETE CASCADE,
    CONSTRAINT fk_public_links_created_by FOREIGN KEY (created_by)
        REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_public_links_updated_by FOREIGN KEY (updated_by)
        REFERENCES users (id) ON DELETE SET NULL
);

CREATE INDEX idx_public_links_created_by ON public_links (created_by) WHERE created_by IS NOT NULL;
CREATE INDEX idx_public_links_dashboard_id ON public_links (dashboard_id);
CREATE INDEX idx_public_links_updated_by ON public_links (updated_by) WHERE updated_by IS NOT NULL;


CREATE TABLE discovery_runs (
    id UUID DEFAULT uuid_v7() NOT NULL,
    data_source_id UUID NOT NULL,
    status VARCHAR(20) DEFAULT 'running' NOT NULL,
    started_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    finished_at TIMESTAMPTZ,
    listed_count INTEGER DEFAULT 0 NOT NULL,
    stored_count INTEGER DEFAULT 0 NOT NULL,
    skipped_count INTEGER DEFAULT 0 NOT NULL,
    failed_count INTEGER DEFAULT 0 NOT NULL,
    denied_count INTEGER DEFAULT 0 NOT NULL,
    added_count INTEGER DEFAULT 0 NOT NULL,
    changed_count INTEGER DEFAULT 0 NOT NULL,
    removed_count INTEGER DEFAULT 0 NOT NULL,
    problems JSONB DEFAULT '[]' NOT NULL,
    error_message TEXT,
    created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    updated_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    created_by UUID DEFAULT caller_id(),
    updated_by UUID DEFAULT caller_id(),
    CONSTRAINT pk_discovery_runs PRIMARY KEY (id),
    CONSTRAINT ck_discovery_runs_status CHECK (status IN ('running', 'succeeded', 'partial', 'failed')),
    CONSTRAINT ck_discovery_runs_listed_count_not_negative CHECK (listed_count >= 0),
    CONSTRAINT ck_discovery_runs_stored_count_not_negative CHECK (stored_count >= 0),
    CONSTRAINT ck_discovery_runs_skipped_count_not_negative CHECK (skipped_count >= 0),
    CONSTRAINT ck_discovery_runs_failed_count_not_negative CHECK (failed_count >= 0),
    CONSTRAINT ck_discovery_runs_denied_count_not_negative CHECK (denied_count >= 0),
    CONSTRAINT ck_discovery_runs_added_count_not_negative CHECK (added_count >= 0),
    CONSTRAINT ck_discovery_runs_changed_count_not_negative CHECK (changed_count >= 0),
    CONSTRAINT ck_discovery_runs_removed_count_not_negative CHECK (removed_count >= 0),
    CONSTRAINT ck_discovery_runs_tables_add_up CHECK (listed_count = stored_count + skipped_count + failed_count),
    CONSTRAINT fk_discovery_runs_data_source_id FOREIGN KEY (data_source_id)
        REFERENCES data_sources (id) ON DELETE CASCADE,
    CONSTRAINT fk_discovery_runs_created_by FOREIGN KEY (created_by)
        REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_discovery_runs_updated_by FOREIGN KEY (updated_by)
        REFERENCES users (id) ON DELETE SET NULL
);

CREATE INDEX idx_discovery_runs_created_by ON discovery_runs (created_by) WHERE created_by IS NOT NULL;
CREATE INDEX idx_discovery_runs_data_source_id_started_at ON discovery_runs (data_source_id, started_at);
CREATE INDEX idx_discovery_runs_running ON discovery_runs (started_at) WHERE status = 'running';
CREATE INDEX idx_discovery_runs_updated_by ON discovery_runs (updated_by) WHERE updated_by IS NOT NULL;


CREATE TABLE metadata_changes (
    id UUID DEFAULT uuid_v7() NOT NULL,
    discovery_run_id UUID NOT NULL,
    table_metadata_id UUID NOT NULL,
    column_name VARCHAR(255),
    change_type VARCHAR(50) NOT NULL,
    is_breaking BOOLEAN DEFAULT false NOT NULL,
    before JSONB,
    after JSONB,
    created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    updated_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    created_by UUID DEFAULT caller_id(),
    updated_by UUID DEFAULT caller_id(),
    CONSTRAINT pk_metadata_changes PRIMARY KEY (id),
    CONSTRAINT ck_metadata_changes_change_type CHECK (change_type IN ('table_added', 'table_removed', 'table_returned', 'table_changed', 'column_added', 'column_removed', 'column_retyped', 'column_nullability', 'column_changed', 'key_changed', 'view_changed', 'access_changed')),
    CONSTRAINT fk_metadata_changes_discovery_run_id FOREIGN KEY (discovery_run_id)
        REFERENCES discovery_runs (id) ON DELETE CASCADE,
    CONSTRAINT fk_metadata_changes_table_metadata_id FOREIGN KEY (table_metadata_id)
        REFERENCES database_metadata (id) ON DELETE CASCADE,
    CONSTRAINT fk_metadata_changes_created_by FOREIGN KEY (created_by)
        REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_metadata_changes_updated_by FOREIGN KEY (updated_by)
        REFERENCES users (id) ON DELETE SET NULL
);

CREATE INDEX idx_metadata_changes_breaking ON metadata_changes (created_at) WHERE is_breaking;
CREATE INDEX idx_metadata_changes_created_by ON metadata_changes (created_by) WHERE created_by IS NOT NULL;
CREATE INDEX idx_metadata_changes_discovery_run_id ON metadata_changes (discovery_run_id);
CREATE INDEX idx_metadata_changes_table_metadata_id ON metadata_changes (table_metadata_id);
CREATE INDEX idx_metadata_changes_updated_by ON metadata_changes (updated_by) WHERE updated_by IS NOT NULL;
