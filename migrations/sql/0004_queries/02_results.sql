CREATE TABLE query_results (
    id UUID DEFAULT uuid_v7() NOT NULL,
    cache_key VARCHAR(64) NOT NULL,
    data_source_id UUID NOT NULL,
    user_id UUID,
    document BYTEA NOT NULL,
    size_bytes BIGINT NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    updated_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    created_by UUID DEFAULT caller_id(),
    updated_by UUID DEFAULT caller_id(),
    CONSTRAINT pk_query_results PRIMARY KEY (id),
    CONSTRAINT uq_query_results_cache_key UNIQUE (cache_key),
    CONSTRAINT ck_query_results_size_bytes_not_negative CHECK (size_bytes >= 0),
    CONSTRAINT fk_query_results_data_source_id FOREIGN KEY (data_source_id)
        REFERENCES data_sources (id) ON DELETE CASCADE,
    CONSTRAINT fk_query_results_user_id FOREIGN KEY (user_id)
        REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT fk_query_results_created_by FOREIGN KEY (created_by)
        REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_query_results_updated_by FOREIGN KEY (updated_by)
        REFERENCES users (id) ON DELETE SET NULL
);

CREATE INDEX idx_query_results_created_by ON query_results (created_by) WHERE created_by IS NOT NULL;
CREATE INDEX idx_query_results_data_source_id ON query_results (data_source_id);
CREATE INDEX idx_query_results_expires_at ON query_results (expires_at);
CREATE INDEX idx_query_results_updated_by ON query_results (updated_by) WHERE updated_by IS NOT NULL;
CREATE INDEX idx_query_results_user_id ON query_results (user_id);

CREATE TRIGGER touch_updated_at BEFORE UPDATE ON query_results
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
