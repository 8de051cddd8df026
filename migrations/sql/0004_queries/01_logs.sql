ALTER TABLE query_execution_logs
    DROP CONSTRAINT ck_query_execution_logs_status,
    ADD COLUMN saved_query_id UUID,
    ADD COLUMN visualization_id UUID,
    ADD COLUMN error_message TEXT,
    ADD COLUMN bytes_billed BIGINT,
    ADD COLUMN cancel_requested_at TIMESTAMPTZ,
    ADD COLUMN deadline_at TIMESTAMPTZ,
    ADD CONSTRAINT ck_query_execution_logs_status CHECK (status IN ('running', 'succeeded', 'failed', 'cancelled', 'timed_out', 'refused')),
    ADD CONSTRAINT ck_query_execution_logs_bytes_billed_not_negative CHECK (bytes_billed >= 0),
    ADD CONSTRAINT fk_query_execution_logs_saved_query_id FOREIGN KEY (saved_query_id)
        REFERENCES saved_queries (id) ON DELETE SET NULL,
    ADD CONSTRAINT fk_query_execution_logs_visualization_id FOREIGN KEY (visualization_id)
        REFERENCES visualizations (id) ON DELETE SET NULL;

CREATE INDEX idx_query_execution_logs_running ON query_execution_logs (deadline_at) WHERE status = 'running';
CREATE INDEX idx_query_execution_logs_saved_query_id ON query_execution_logs (saved_query_id);
CREATE INDEX idx_query_execution_logs_visualization_id ON query_execution_logs (visualization_id);
