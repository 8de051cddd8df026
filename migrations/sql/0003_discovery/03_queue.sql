-- A discovery that somebody asked for waits as a row, until Dagster begins it.

ALTER TABLE discovery_runs DROP CONSTRAINT ck_discovery_runs_status;
ALTER TABLE discovery_runs ADD CONSTRAINT ck_discovery_runs_status
    CHECK (status IN ('queued', 'running', 'succeeded', 'partial', 'failed'));
ALTER TABLE discovery_runs ALTER COLUMN started_at DROP NOT NULL;

CREATE UNIQUE INDEX idx_discovery_runs_queued ON discovery_runs (data_source_id, status) WHERE status = 'queued';

-- What people say of tables and columns is audited; what discovery finds is not.

CREATE TRIGGER audit_change AFTER UPDATE OF description, tags ON column_metadata
    FOR EACH ROW EXECUTE FUNCTION audit_change();
CREATE TRIGGER audit_change AFTER UPDATE OF description, tags ON database_metadata
    FOR EACH ROW EXECUTE FUNCTION audit_change();
