CREATE TABLE database_metadata (
    id UUID DEFAULT uuid_v7() NOT NULL,
    data_source_id UUID NOT NULL,
    database_name VARCHAR(255) NOT NULL,
    schema_name VARCHAR(255) NOT NULL,
    table_name VARCHAR(255) NOT NULL,
    table_type VARCHAR(50) NOT NULL,
    row_count BIGINT,
    size_bytes BIGINT,
    created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    updated_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    created_by UUID,
    updated_by UUID,
    CONSTRAINT pk_database_metadata PRIMARY KEY (id),
    CONSTRAINT uq_database_metadata_data_source_id_database_name_schem_97ca UNIQUE (data_source_id, database_name, schema_name, table_name),
    CONSTRAINT ck_database_metadata_table_type CHECK (table_type IN ('table', 'view', 'materialized_view', 'foreign_table')),
    CONSTRAINT ck_database_metadata_row_count_not_negative CHECK (row_count >= 0),
    CONSTRAINT ck_database_metadata_size_bytes_not_negative CHECK (size_bytes >= 0),
    CONSTRAINT fk_database_metadata_data_source_id FOREIGN KEY (data_source_id)
        REFERENCES data_sources (id) ON DELETE CASCADE,
    CONSTRAINT fk_database_metadata_created_by FOREIGN KEY (created_by)
        REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_database_metadata_updated_by FOREIGN KEY (updated_by)
        REFERENCES users (id) ON DELETE SET NULL
);

CREATE INDEX idx_database_metadata_created_by ON database_metadata (created_by) WHERE created_by IS NOT NULL;
CREATE INDEX idx_database_metadata_updated_by ON database_metadata (updated_by) WHERE updated_by IS NOT NULL;

CREATE TRIGGER touch_updated_at BEFORE UPDATE ON database_metadata
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();


CREATE TABLE saved_queries (
    id UUID DEFAULT uuid_v7() NOT NULL,
    name VARCHAR(255) NOT NULL,
    query_text TEXT NOT NULL,
    data_source_id UUID NOT NULL,
    query_type VARCHAR(50) DEFAULT 'select' NOT NULL,
    execution_count INTEGER DEFAULT 0 NOT NULL,
    avg_execution_time_ms INTEGER,
    created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    updated_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    created_by UUID,
    updated_by UUID,
    CONSTRAINT pk_saved_queries PRIMARY KEY (id),
    CONSTRAINT ck_saved_queries_query_type CHECK (query_type IN ('select', 'insert', 'update', 'delete', 'ddl', 'other')),
    CONSTRAINT ck_saved_queries_execution_count_not_negative CHECK (execution_count >= 0),
    CONSTRAINT ck_saved_queries_avg_execution_time_ms_not_negative CHECK (avg_execution_time_ms >= 0),
    CONSTRAINT ck_saved_queries_query_text_not_empty CHECK (query_text <> ''),
    CONSTRAINT fk_saved_queries_data_source_id FOREIGN KEY (data_source_id)
        REFERENCES data_sources (id) ON DELETE RESTRICT,
    CONSTRAINT fk_saved_queries_created_by FOREIGN KEY (created_by)
        REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_saved_queries_updated_by FOREIGN KEY (updated_by)
        REFERENCES users (id) ON DELETE SET NULL
);

CREATE INDEX idx_saved_queries_created_by ON saved_queries (created_by) WHERE created_by IS NOT NULL;
CREATE INDEX idx_saved_queries_data_source_id ON saved_queries (data_source_id);
CREATE INDEX idx_saved_queries_name ON saved_queries (name);
CREATE INDEX idx_saved_queries_updated_by ON saved_queries (updated_by) WHERE updated_by IS NOT NULL;

CREATE TRIGGER touch_updated_at BEFORE UPDATE ON saved_queries
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();


CREATE TABLE column_metadata (
    id UUID DEFAULT uuid_v7() NOT NULL,
    table_metadata_id UUID NOT NULL,
    column_name VARCHAR(255) NOT NULL,
    data_type VARCHAR(100) NOT NULL,
    is_nullable BOOLEAN DEFAULT true NOT NULL,
    is_primary_key BOOLEAN DEFAULT false NOT NULL,
    is_foreign_key BOOLEAN DEFAULT false NOT NULL,
    created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    updated_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    created_by UUID,
    updated_by UUID,
    CONSTRAINT pk_column_metadata PRIMARY KEY (id),
    CONSTRAINT uq_column_metadata_table_metadata_id_column_name UNIQUE (table_metadata_id, column_name),
    CONSTRAINT fk_column_metadata_table_metadata_id FOREIGN KEY (table_metadata_id)
        REFERENCES database_metadata (id) ON DELETE CASCADE,
    CONSTRAINT fk_column_metadata_created_by FOREIGN KEY (created_by)
        REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_column_metadata_updated_by FOREIGN KEY (updated_by)
        REFERENCES users (id) ON DELETE SET NULL
);

CREATE INDEX idx_column_metadata_created_by ON column_metadata (created_by) WHERE created_by IS NOT NULL;
CREATE INDEX idx_column_metadata_updated_by ON column_metadata (updated_by) WHERE updated_by IS NOT NULL;

CREATE TRIGGER touch_updated_at BEFORE UPDATE ON column_metadata
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
