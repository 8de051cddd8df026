CREATE TABLE change_impacts (
    id UUID DEFAULT uuid_v7() NOT NULL,
    discovery_run_id UUID NOT NULL,
    metadata_change_id UUID,
    resource_type VARCHAR(100) NOT NULL,
    resource_id UUID NOT NULL,
    effect VARCHAR(20) NOT NULL,
    reason TEXT NOT NULL,
    created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    updated_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    created_by UUID DEFAULT caller_id(),
    updated_by UUID DEFAULT caller_id(),
    CONSTRAINT pk_change_impacts PRIMARY KEY (id),
    CONSTRAINT ck_change_impacts_resource_type CHECK (resource_type IN ('dashboard', 'visualization', 'saved_query', 'data_source', 'upload_template', 'scheduler_job', 'theme', 'chart')),
    CONSTRAINT ck_change_impacts_effect CHECK (effect IN ('breaks', 'may_break', 'unknown')),
    CONSTRAINT ck_change_impacts_change_is_named CHECK (metadata_change_id IS NOT NULL OR effect = 'unknown'),
    CONSTRAINT fk_change_impacts_discovery_run_id FOREIGN KEY (discovery_run_id)
        REFERENCES discovery_runs (id) ON DELETE CASCADE,
    CONSTRAINT fk_change_impacts_metadata_change_id FOREIGN KEY (metadata_change_id)
        REFERENCES metadata_changes (id) ON DELETE CASCADE,
    CONSTRAINT fk_change_impacts_created_by FOREIGN KEY (created_by)
        REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_change_impacts_updated_by FOREIGN KEY (updated_by)
        REFERENCES users (id) ON DELETE SET NULL
);

CREATE INDEX idx_change_impacts_created_by ON change_impacts (created_by) WHERE created_by IS NOT NULL;
CREATE INDEX idx_change_impacts_discovery_run_id ON change_impacts (discovery_run_id);
CREATE INDEX idx_change_impacts_metadata_change_id ON change_impacts (metadata_change_id);
CREATE INDEX idx_change_impacts_resource ON change_impacts (resource_type, resource_id);
CREATE INDEX idx_change_impacts_updated_by ON change_impacts (updated_by) WHERE updated_by IS NOT NULL;

CREATE TRIGGER touch_updated_at BEFORE UPDATE ON change_impacts
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

-- What was found before anybody was told of it is told to nobody any more.
ALTER TABLE discovery_runs ADD COLUMN told_at TIMESTAMPTZ;
UPDATE discovery_runs SET told_at = now();
CREATE INDEX idx_discovery_runs_untold ON discovery_runs (data_source_id) WHERE told_at IS NULL;

CREATE OR REPLACE FUNCTION forget_resource() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
-- What names a resource by its type, which is the trigger's argument, and its id goes with it; no key could see to that.
-- Its versions stay: they are what can bring it back.
BEGIN
    DELETE FROM public.resource_permissions WHERE resource_type = TG_ARGV[0] AND resource_id = OLD.id;
    DELETE FROM public.bookmarks WHERE resource_type = TG_ARGV[0] AND resource_id = OLD.id;
    DELETE FROM public.comments WHERE resource_type = TG_ARGV[0] AND resource_id = OLD.id;
    DELETE FROM public.change_impacts WHERE resource_type = TG_ARGV[0] AND resource_id = OLD.id;
    RETURN NULL;
END
$$;
