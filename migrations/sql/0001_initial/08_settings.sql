CREATE TABLE bookmarks (
    id UUID DEFAULT uuid_v7() NOT NULL,
    user_id UUID NOT NULL,
    resource_type VARCHAR(100) NOT NULL,
    resource_id UUID NOT NULL,
    bookmark_name VARCHAR(255) NOT NULL,
    tags JSONB DEFAULT '[]' NOT NULL,
    created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    updated_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    created_by UUID,
    updated_by UUID,
    CONSTRAINT pk_bookmarks PRIMARY KEY (id),
    CONSTRAINT uq_bookmarks_user_id_resource_type_resource_id UNIQUE (user_id, resource_type, resource_id),
    CONSTRAINT ck_bookmarks_resource_type CHECK (resource_type IN ('dashboard', 'visualization', 'saved_query', 'data_source', 'upload_template', 'scheduler_job', 'theme', 'chart')),
    CONSTRAINT fk_bookmarks_user_id FOREIGN KEY (user_id)
        REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT fk_bookmarks_created_by FOREIGN KEY (created_by)
        REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_bookmarks_updated_by FOREIGN KEY (updated_by)
        REFERENCES users (id) ON DELETE SET NULL
);

CREATE INDEX idx_bookmarks_created_by ON bookmarks (created_by) WHERE created_by IS NOT NULL;
CREATE INDEX idx_bookmarks_resource ON bookmarks (resource_type, resource_id);
CREATE INDEX idx_bookmarks_updated_by ON bookmarks (updated_by) WHERE updated_by IS NOT NULL;

CREATE TRIGGER touch_updated_at BEFORE UPDATE ON bookmarks
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();


CREATE TABLE system_settings (
    id UUID DEFAULT uuid_v7() NOT NULL,
    setting_key VARCHAR(255) NOT NULL,
    setting_value JSONB NOT NULL,
    description TEXT,
    is_public BOOLEAN DEFAULT false NOT NULL,
    created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    updated_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    created_by UUID,
    updated_by UUID,
    CONSTRAINT pk_system_settings PRIMARY KEY (id),
    CONSTRAINT uq_system_settings_setting_key UNIQUE (setting_key),
    CONSTRAINT fk_system_settings_created_by FOREIGN KEY (created_by)
        REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_system_settings_updated_by FOREIGN KEY (updated_by)
        REFERENCES users (id) ON DELETE SET NULL
);

CREATE INDEX idx_system_settings_created_by ON system_settings (created_by) WHERE created_by IS NOT NULL;
CREATE INDEX idx_system_settings_updated_by ON system_settings (updated_by) WHERE updated_by IS NOT NULL;

CREATE TRIGGER touch_updated_at BEFORE UPDATE ON system_settings
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();


CREATE TABLE user_preferences (
    id UUID DEFAULT uuid_v7() NOT NULL,
    user_id UUID NOT NULL,
    preference_key VARCHAR(255) NOT NULL,
    preference_value JSONB NOT NULL,
    created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    updated_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    created_by UUID,
    updated_by UUID,
    CONSTRAINT pk_user_preferences PRIMARY KEY (id),
    CONSTRAINT uq_user_preferences_user_id_preference_key UNIQUE (user_id, preference_key),
    CONSTRAINT fk_user_preferences_user_id FOREIGN KEY (user_id)
        REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT fk_user_preferences_created_by FOREIGN KEY (created_by)
        REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_user_preferences_updated_by FOREIGN KEY (updated_by)
        REFERENCES users (id) ON DELETE SET NULL
);

CREATE INDEX idx_user_preferences_created_by ON user_preferences (created_by) WHERE created_by IS NOT NULL;
CREATE INDEX idx_user_preferences_updated_by ON user_preferences (updated_by) WHERE updated_by IS NOT NULL;

CREATE TRIGGER touch_updated_at BEFORE UPDATE ON user_preferences
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
