CREATE TABLE notification_channels (
    id UUID DEFAULT uuid_v7() NOT NULL,
    name VARCHAR(255) NOT NULL,
    channel_kind VARCHAR(20) NOT NULL,
    connection_config JSONB NOT NULL,
    is_active BOOLEAN DEFAULT true NOT NULL,
    gets_alerts BOOLEAN DEFAULT false NOT NULL,
    created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    updated_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    created_by UUID DEFAULT caller_id(),
    updated_by UUID DEFAULT caller_id(),
    CONSTRAINT pk_notification_channels PRIMARY KEY (id),
    CONSTRAINT uq_notification_channels_name UNIQUE (name),
    CONSTRAINT ck_notification_channels_channel_kind CHECK (channel_kind IN ('webhook', 'chat')),
    CONSTRAINT fk_notification_channels_created_by FOREIGN KEY (created_by)
        REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_notification_channels_updated_by FOREIGN KEY (updated_by)
        REFERENCES users (id) ON DELETE SET NULL
);

CREATE INDEX idx_notification_channels_created_by ON notification_channels (created_by) WHERE created_by IS NOT NULL;
CREATE INDEX idx_notification_channels_updated_by ON notification_channels (updated_by) WHERE updated_by IS NOT NULL;

CREATE TRIGGER touch_updated_at BEFORE UPDATE ON notification_channels
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER audit_change AFTER INSERT OR UPDATE OR DELETE ON notification_channels
    FOR EACH ROW EXECUTE FUNCTION audit_change();


CREATE TABLE notification_incidents (
    id UUID DEFAULT uuid_v7() NOT NULL,
    incident_key VARCHAR(255) NOT NULL,
    kind VARCHAR(100) NOT NULL,
    severity VARCHAR(20) NOT NULL,
    title VARCHAR(255) NOT NULL,
    message TEXT NOT NULL,
    action_url VARCHAR(500),
    audience JSONB NOT NULL,
    repeat_count INTEGER DEFAULT 0 NOT NULL,
    told_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    last_seen_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    updated_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    created_by UUID DEFAULT caller_id(),
    updated_by UUID DEFAULT caller_id(),
    CONSTRAINT pk_notification_incidents PRIMARY KEY (id),
    CONSTRAINT uq_notification_incidents_incident_key UNIQUE (incident_key),
    CONSTRAINT ck_notification_incidents_severity CHECK (severity IN ('info', 'warning', 'error')),
    CONSTRAINT ck_notification_incidents_repeat_count_not_negative CHECK (repeat_count >= 0),
    CONSTRAINT fk_notification_incidents_created_by FOREIGN KEY (created_by)
        REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_notification_incidents_updated_by FOREIGN KEY (updated_by)
        REFERENCES users (id) ON DELETE SET NULL
);

CREATE INDEX idx_notification_incidents_created_by ON notification_incidents (created_by) WHERE created_by IS NOT NULL;
CREATE INDEX idx_notification_incidents_last_seen_at ON notification_incidents (last_seen_at);
CREATE INDEX idx_notification_incidents_untold ON notification_incidents (told_at) WHERE repeat_count > 0;
CREATE INDEX idx_notification_incidents_updated_by ON notification_incidents (updated_by) WHERE updated_by IS NOT NULL;

CREATE TRIGGER touch_updated_at BEFORE UPDATE ON notification_incidents
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();


CREATE TABLE notification_deliveries (
    id UUID DEFAULT uuid_v7() NOT NULL,
    notice_id UUID NOT NULL,
    user_id UUID,
    channel_id UUID,
    channel_kind VARCHAR(20) NOT NULL,
    target VARCHAR(500),
    kind VARCHAR(100) NOT NULL,
    severity VARCHAR(20) DEFAULT 'info' NOT NULL,
    title VARCHAR(255) NOT NULL,
    message TEXT NOT NULL,
    action_url VARCHAR(500),
    incident_key VARCHAR(255),
    in_digest BOOLEAN DEFAULT false NOT NULL,
    status VARCHAR(20) DEFAULT 'queued' NOT NULL,
    attempt_count INTEGER DEFAULT 0 NOT NULL,
    next_attempt_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    last_error TEXT,
    delivered_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    updated_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    created_by UUID DEFAULT caller_id(),
    updated_by UUID DEFAULT caller_id(),
    CONSTRAINT pk_notification_deliveries PRIMARY KEY (id),
    CONSTRAINT ck_notification_deliveries_channel_kind CHECK (channel_kind IN ('email', 'webhook', 'chat')),
    CONSTRAINT ck_notification_deliveries_severity CHECK (severity IN ('info', 'warning', 'error')),
    CONSTRAINT ck_notification_deliveries_status CHECK (status IN ('queued', 'sending', 'delivered', 'failed', 'suppressed')),
    CONSTRAINT ck_notification_deliveries_attempt_count_not_negative CHECK (attempt_count >= 0),
    CONSTRAINT ck_notification_deliveries_delivered_at_when_delivered CHECK ((status = 'delivered') = (delivered_at IS NOT NULL)),
    CONSTRAINT ck_notification_deliveries_goes_somewhere CHECK (user_id IS NOT NULL OR target IS NOT NULL),
    CONSTRAINT fk_notification_deliveries_user_id FOREIGN KEY (user_id)
        REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT fk_notification_deliveries_channel_id FOREIGN KEY (channel_id)
        REFERENCES notification_channels (id) ON DELETE SET NULL,
    CONSTRAINT fk_notification_deliveries_created_by FOREIGN KEY (created_by)
        REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_notification_deliveries_updated_by FOREIGN KEY (updated_by)
        REFERENCES users (id) ON DELETE SET NULL
);

CREATE INDEX idx_notification_deliveries_channel_id ON notification_deliveries (channel_id);
CREATE INDEX idx_notification_deliveries_created_at ON notification_deliveries (created_at);
CREATE INDEX idx_notification_deliveries_created_by ON notification_deliveries (created_by) WHERE created_by IS NOT NULL;
CREATE INDEX idx_notification_deliveries_due ON notification_deliveries (next_attempt_at) WHERE status IN ('queued', 'sending');
CREATE INDEX idx_notification_deliveries_notice_id ON notification_deliveries (notice_id);
CREATE INDEX idx_notification_deliveries_over ON notification_deliveries (updated_at) WHERE status IN ('delivered', 'failed', 'suppressed');
CREATE INDEX idx_notification_deliveries_updated_by ON notification_deliveries (updated_by) WHERE updated_by IS NOT NULL;
CREATE INDEX idx_notification_deliveries_user_id_created_at ON notification_deliveries (user_id, created_at DESC);

CREATE TRIGGER touch_updated_at BEFORE UPDATE ON notification_deliveries
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
