ALTER TABLE notifications
    ADD COLUMN severity VARCHAR(20) DEFAULT 'info' NOT NULL,
    ADD COLUMN notice_id UUID,
    ADD CONSTRAINT ck_notifications_severity CHECK (severity IN ('info', 'warning', 'error'));

CREATE INDEX idx_notifications_notice_id ON notifications (notice_id) WHERE notice_id IS NOT NULL;
