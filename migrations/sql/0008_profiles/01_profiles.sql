CREATE TABLE column_profiles (
    id UUID DEFAULT uuid_v7() NOT NULL,
    column_metadata_id UUID NOT NULL,
    sampled_rows INTEGER NOT NULL,
    is_exact BOOLEAN NOT NULL,
    null_count INTEGER NOT NULL,
    sampled_distinct INTEGER,
    distinct_estimate BIGINT,
    min_value TEXT,
    max_value TEXT,
    quantiles JSONB,
    top_values JSONB,
    looks_personal BOOLEAN NOT NULL,
    personal_reason TEXT,
    profiled_at TIMESTAMPTZ NOT NULL,
    created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    updated_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    created_by UUID DEFAULT caller_id(),
    updated_by UUID DEFAULT caller_id(),
    CONSTRAINT pk_column_profiles PRIMARY KEY (id),
    CONSTRAINT uq_column_profiles_column_metadata_id UNIQUE (column_metadata_id),
    CONSTRAINT ck_column_profiles_sampled_rows_not_negative CHECK (sampled_rows >= 0),
    CONSTRAINT ck_column_profiles_null_count_not_negative CHECK (null_count >= 0),
    CONSTRAINT ck_column_profiles_sampled_distinct_not_negative CHECK (sampled_distinct >= 0),
    CONSTRAINT ck_column_profiles_distinct_estimate_not_negative CHECK (distinct_estimate >= 0),
    CONSTRAINT ck_column_profiles_nulls_are_rows CHECK (null_count <= sampled_rows),
    CONSTRAINT ck_column_profiles_personal_has_a_reason CHECK (looks_personal = (personal_reason IS NOT NULL)),
    CONSTRAINT ck_column_profiles_personal_values_are_not_kept CHECK (
        NOT looks_personal OR (min_value IS NULL AND max_value IS NULL AND quantiles IS NULL AND top_values IS NULL)
    ),
    CONSTRAINT fk_column_profiles_column_metadata_id FOREIGN KEY (column_metadata_id)
        REFERENCES column_metadata (id) ON DELETE CASCADE,
    CONSTRAINT fk_column_profiles_created_by FOREIGN KEY (created_by)
        REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_column_profiles_updated_by FOREIGN KEY (updated_by)
        REFERENCES users (id) ON DELETE SET NULL
);

CREATE INDEX idx_column_profiles_created_by ON column_profiles (created_by) WHERE created_by IS NOT NULL;
CREATE INDEX idx_column_profiles_updated_by ON column_profiles (updated_by) WHERE updated_by IS NOT NULL;

CREATE TRIGGER touch_updated_at BEFORE UPDATE ON column_profiles
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
