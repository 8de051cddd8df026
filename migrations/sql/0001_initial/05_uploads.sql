CREATE TABLE upload_templates (
    id UUID DEFAULT uuid_v7() NOT NULL,
    name VARCHAR(255) NOT NULL,
    description TEXT,
    file_format VARCHAR(50) NOT NULL,
    reader_config JSONB DEFAULT '{}' NOT NULL,
    validation_rules JSONB NOT NULL,
    transformation_rules JSONB DEFAULT '{}' NOT NULL,
    destination_type VARCHAR(50) DEFAULT 'postgresql' NOT NULL,
    destination_config JSONB NOT NULL,
    upload_mode VARCHAR(50) DEFAULT 'append' NOT NULL,
    max_file_size_mb INTEGER DEFAULT 1024 NOT NULL,
    is_active BOOLEAN DEFAULT true NOT NULL,
    version INTEGER DEFAULT 1 NOT NULL,
    created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    updated_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    created_by UUID,
    updated_by UUID,
    CONSTRAINT pk_upload_templates PRIMARY KEY (id),
    CONSTRAINT uq_upload_templates_name UNIQUE (name),
    CONSTRAINT ck_upload_templates_file_format CHECK (file_format IN ('csv', 'excel', 'json')),
    CONSTRAINT ck_upload_templates_destination_type CHECK (destination_type IN ('postgresql', 'mysql', 'bigquery')),
    CONSTRAINT ck_upload_templates_upload_mode CHECK (upload_mode IN ('append', 'replace', 'upsert', 'insert_new', 'fail_if_exists', 'delete_insert')),
    CONSTRAINT ck_upload_templates_max_file_size_mb_positive CHECK (max_file_size_mb > 0),
    CONSTRAINT ck_upload_templates_version_positive CHECK (version > 0),
    CONSTRAINT fk_upload_templates_created_by FOREIGN KEY (created_by)
        REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_upload_templates_updated_by FOREIGN KEY (updated_by)
        REFERENCES users (id) ON DELETE SET NULL
);

CREATE INDEX idx_upload_templates_created_by ON upload_templates (created_by) WHERE created_by IS NOT NULL;
CREATE INDEX idx_upload_templates_updated_by ON upload_templates (updated_by) WHERE updated_by IS NOT NULL;

CREATE TRIGGER touch_updated_at BEFORE UPDATE ON upload_templates
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();


CREATE TABLE upload_batches (
    id UUID DEFAULT uuid_v7() NOT NULL,
    template_id UUID NOT NULL,
    status VARCHAR(50) DEFAULT 'queued' NOT NULL,
    attempt INTEGER DEFAULT 0 NOT NULL,
    dagster_run_id VARCHAR(100),
    file_count INTEGER DEFAULT 0 NOT NULL,
    created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    updated_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    created_by UUID,
    updated_by UUID,
    CONSTRAINT pk_upload_batches PRIMARY KEY (id),
    CONSTRAINT ck_upload_batches_status CHECK (status IN ('queued', 'running', 'finished', 'failed')),
    CONSTRAINT ck_upload_batches_attempt_not_negative CHECK (attempt >= 0),
    CONSTRAINT ck_upload_batches_file_count_not_negative CHECK (file_count >= 0),
    CONSTRAINT fk_upload_batches_template_id FOREIGN KEY (template_id)
        REFERENCES upload_templates (id) ON DELETE RESTRICT,
    CONSTRAINT fk_upload_batches_created_by FOREIGN KEY (created_by)
        REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_upload_batches_updated_by FOREIGN KEY (updated_by)
        REFERENCES users (id) ON DELETE SET NULL
);

CREATE INDEX idx_upload_batches_created_by ON upload_batches (created_by) WHERE created_by IS NOT NULL;
CREATE INDEX idx_upload_batches_dagster_run_id ON upload_batches (dagster_run_id);
CREATE INDEX idx_upload_batches_live ON upload_batches (created_at) WHERE status IN ('queued', 'running');
CREATE INDEX idx_upload_batches_template_id ON upload_batches (template_id);
CREATE INDEX idx_upload_batches_updated_by ON upload_batches (updated_by) WHERE updated_by IS NOT NULL;

CREATE TRIGGER touch_updated_at BEFORE UPDATE ON upload_batches
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();


CREATE TABLE upload_history (
    id UUID DEFAULT uuid_v7() NOT NULL,
    template_id UUID NOT NULL,
    file_name VARCHAR(500) NOT NULL,
    file_size_bytes BIGINT NOT NULL,
    file_hash VARCHAR(64),
    records_processed INTEGER DEFAULT 0 NOT NULL,
    records_success INTEGER DEFAULT 0 NOT NULL,
    records_failed INTEGER DEFAULT 0 NOT NULL,
    status VARCHAR(50) DEFAULT 'queued' NOT NULL,
    processing_time_ms INTEGER,
    source VARCHAR(20) NOT NULL,
    stored_path TEXT,
    batch_id UUID,
    parent_upload_id UUID,
    duplicate_of_id UUID,
    template_version INTEGER,
    dagster_run_id VARCHAR(100),
    attempt INTEGER DEFAULT 0 NOT NULL,
    error_type VARCHAR(100),
    error_message TEXT,
    reject_path TEXT,
    details JSONB DEFAULT '{}' NOT NULL,
    started_at TIMESTAMPTZ,
    completed_at TIMESTAMPTZ,
    superseded_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    updated_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    created_by UUID,
    updated_by UUID,
    CONSTRAINT pk_upload_history PRIMARY KEY (id),
    CONSTRAINT ck_upload_history_status CHECK (status IN ('queued', 'running', 'succeeded', 'failed', 'duplicate', 'quarantined', 'cancelled', 'undone')),
    CONSTRAINT ck_upload_history_source CHECK (source IN ('drop', 'api', 'cli')),
    CONSTRAINT ck_upload_history_file_size_bytes_not_negative CHECK (file_size_bytes >= 0),
    CONSTRAINT ck_upload_history_records_processed_not_negative CHECK (records_processed >= 0),
    CONSTRAINT ck_upload_history_records_success_not_negative CHECK (records_success >= 0),
    CONSTRAINT ck_upload_history_records_failed_not_negative CHECK (records_failed >= 0),
    CONSTRAINT ck_upload_history_processing_time_ms_not_negative CHECK (processing_time_ms >= 0),
    CONSTRAINT ck_upload_history_attempt_not_negative CHECK (attempt >= 0),
    CONSTRAINT ck_upload_history_records_add_up CHECK (records_processed = records_success + records_failed),
    CONSTRAINT fk_upload_history_template_id FOREIGN KEY (template_id)
        REFERENCES upload_templates (id) ON DELETE RESTRICT,
    CONSTRAINT fk_upload_history_batch_id FOREIGN KEY (batch_id)
        REFERENCES upload_batches (id) ON DELETE SET NULL,
    CONSTRAINT fk_upload_history_parent_upload_id FOREIGN KEY (parent_upload_id)
        REFERENCES upload_history (id) ON DELETE SET NULL,
    CONSTRAINT fk_upload_history_duplicate_of_id FOREIGN KEY (duplicate_of_id)
        REFERENCES upload_history (id) ON DELETE SET NULL,
    CONSTRAINT fk_upload_history_created_by FOREIGN KEY (created_by)
        REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_upload_history_updated_by FOREIGN KEY (updated_by)
        REFERENCES users (id) ON DELETE SET NULL
);

CREATE INDEX idx_upload_history_batch_id ON upload_history (batch_id);
CREATE INDEX idx_upload_history_created_at ON upload_history (created_at DESC);
CREATE INDEX idx_upload_history_created_by ON upload_history (created_by) WHERE created_by IS NOT NULL;
CREATE INDEX idx_upload_history_dagster_run_id ON upload_history (dagster_run_id);
CREATE INDEX idx_upload_history_duplicate_of_id ON upload_history (duplicate_of_id);
CREATE INDEX idx_upload_history_file_hash ON upload_history (file_hash);
CREATE INDEX idx_upload_history_live ON upload_history (created_at) WHERE status IN ('queued', 'running');
CREATE UNIQUE INDEX idx_upload_history_loaded_once ON upload_history (template_id, file_hash) WHERE status = 'succeeded' AND superseded_at IS NULL;
CREATE INDEX idx_upload_history_parent_upload_id ON upload_history (parent_upload_id);
CREATE INDEX idx_upload_history_template_id_created_at ON upload_history (template_id, created_at DESC);
CREATE INDEX idx_upload_history_updated_by ON upload_history (updated_by) WHERE updated_by IS NOT NULL;

CREATE TRIGGER touch_updated_at BEFORE UPDATE ON upload_history
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();


CREATE TABLE rejected_rows (
    id UUID DEFAULT uuid_v7() NOT NULL,
    upload_id UUID NOT NULL,
    line_number BIGINT NOT NULL,
    errors JSONB NOT NULL,
    raw JSONB NOT NULL,
    created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    updated_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    created_by UUID,
    updated_by UUID,
    CONSTRAINT pk_rejected_rows PRIMARY KEY (id),
    CONSTRAINT ck_rejected_rows_line_number_positive CHECK (line_number > 0),
    CONSTRAINT fk_rejected_rows_upload_id FOREIGN KEY (upload_id)
        REFERENCES upload_history (id) ON DELETE CASCADE,
    CONSTRAINT fk_rejected_rows_created_by FOREIGN KEY (created_by)
        REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_rejected_rows_updated_by FOREIGN KEY (updated_by)
        REFERENCES users (id) ON DELETE SET NULL
);

CREATE INDEX idx_rejected_rows_created_by ON rejected_rows (created_by) WHERE created_by IS NOT NULL;
CREATE INDEX idx_rejected_rows_updated_by ON rejected_rows (updated_by) WHERE updated_by IS NOT NULL;
CREATE INDEX idx_rejected_rows_upload_id_line_number ON rejected_rows (upload_id, line_number);

CREATE TRIGGER touch_updated_at BEFORE UPDATE ON rejected_rows
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
