CREATE TABLE resource_permissions (
    id UUID DEFAULT uuid_v7() NOT NULL,
    resource_type VARCHAR(100) NOT NULL,
    resource_id UUID NOT NULL,
    principal_type VARCHAR(50) NOT NULL,
    principal_id UUID NOT NULL,
    permission_type VARCHAR(50) NOT NULL,
    granted_by UUID,
    expires_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    updated_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    created_by UUID,
    updated_by UUID,
    CONSTRAINT pk_resource_permissions PRIMARY KEY (id),
    CONSTRAINT uq_resource_permissions_grant UNIQUE (resource_type, resource_id, principal_type, principal_id, permission_type),
    CONSTRAINT ck_resource_permissions_resource_type CHECK (resource_type IN ('dashboard', 'visualization', 'saved_query', 'data_source', 'upload_template', 'scheduler_job', 'theme', 'chart')),
    CONSTRAINT ck_resource_permissions_principal_type CHECK (principal_type IN ('user', 'role')),
    CONSTRAINT ck_resource_permissions_permission_type CHECK (permission_type IN ('view', 'edit', 'manage')),
    CONSTRAINT fk_resource_permissions_granted_by FOREIGN KEY (granted_by)
        REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_resource_permissions_created_by FOREIGN KEY (created_by)
        REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_resource_permissions_updated_by FOREIGN KEY (updated_by)
        REFERENCES users (id) ON DELETE SET NULL
);

CREATE INDEX idx_resource_permissions_created_by ON resource_permissions (created_by) WHERE created_by IS NOT NULL;
CREATE INDEX idx_resource_permissions_expires_at ON resource_permissions (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX idx_resource_permissions_granted_by ON resource_permissions (granted_by);
CREATE INDEX idx_resource_permissions_principal ON resource_permissions (principal_type, principal_id, resource_type, resource_id);
CREATE INDEX idx_resource_permissions_updated_by ON resource_permissions (updated_by) WHERE updated_by IS NOT NULL;

CREATE TRIGGER touch_updated_at BEFORE UPDATE ON resource_permissions
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
