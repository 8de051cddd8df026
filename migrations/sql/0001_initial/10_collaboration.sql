CREATE TABLE comments (
    id UUID DEFAULT uuid_v7() NOT NULL,
    resource_type VARCHAR(100) NOT NULL,
    resource_id UUID NOT NULL,
    parent_comment_id UUID,
    comment_text TEXT NOT NULL,
    is_resolved BOOLEAN DEFAULT false NOT NULL,
    resolved_by UUID,
    created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    updated_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    created_by UUID,
    updated_by UUID,
    CONSTRAINT pk_comments PRIMARY KEY (id),
    CONSTRAINT ck_comments_resource_type CHECK (resource_type IN ('dashboard', 'visualization', 'saved_query', 'data_source', 'upload_template', 'scheduler_job', 'theme', 'chart')),
    CONSTRAINT ck_comments_comment_text_not_empty CHECK (comment_text <> ''),
    CONSTRAINT ck_comments_resolved_by_when_resolved CHECK (is_resolved OR resolved_by IS NULL),
    CONSTRAINT ck_comments_parent_is_another CHECK (parent_comment_id <> id),
    CONSTRAINT fk_comments_parent_comment_id FOREIGN KEY (parent_comment_id)
        REFERENCES comments (id) ON DELETE CASCADE,
    CONSTRAINT fk_comments_resolved_by FOREIGN KEY (resolved_by)
        REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_comments_created_by FOREIGN KEY (created_by)
        REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_comments_updated_by FOREIGN KEY (updated_by)
        REFERENCES users (id) ON DELETE SET NULL
);

CREATE INDEX idx_comments_created_by ON comments (created_by) WHERE created_by IS NOT NULL;
CREATE INDEX idx_comments_parent_comment_id ON comments (parent_comment_id);
CREATE INDEX idx_comments_resolved_by ON comments (resolved_by);
CREATE INDEX idx_comments_resource ON comments (resource_type, resource_id, created_at);
CREATE INDEX idx_comments_updated_by ON comments (updated_by) WHERE updated_by IS NOT NULL;

CREATE TRIGGER touch_updated_at BEFORE UPDATE ON comments
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();


CREATE TABLE notifications (
    id UUID DEFAULT uuid_v7() NOT NULL,
    user_id UUID NOT NULL,
    notification_type VARCHAR(100) NOT NULL,
    title VARCHAR(255) NOT NULL,
    message TEXT NOT NULL,
    action_url VARCHAR(500),
    is_read BOOLEAN DEFAULT false NOT NULL,
    expires_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    updated_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    created_by UUID,
    updated_by UUID,
    CONSTRAINT pk_notifications PRIMARY KEY (id),
    CONSTRAINT fk_notifications_user_id FOREIGN KEY (user_id)
        REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT fk_notifications_created_by FOREIGN KEY (created_by)
        REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_notifications_updated_by FOREIGN KEY (updated_by)
        REFERENCES users (id) ON DELETE SET NULL
);

CREATE INDEX idx_notifications_created_by ON notifications (created_by) WHERE created_by IS NOT NULL;
CREATE INDEX idx_notifications_expires_at ON notifications (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX idx_notifications_unread ON notifications (user_id, created_at DESC) WHERE NOT is_read;
CREATE INDEX idx_notifications_updated_by ON notifications (updated_by) WHERE updated_by IS NOT NULL;
CREATE INDEX idx_notifications_user_id_created_at ON notifications (user_id, created_at DESC);

CREATE TRIGGER touch_updated_at BEFORE UPDATE ON notifications
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
