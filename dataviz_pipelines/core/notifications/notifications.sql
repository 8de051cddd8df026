-- name: notify
INSERT INTO notifications (user_id, notification_type, title, message, action_url)
SELECT id, %(kind)s, %(title)s, %(message)s, %(action_url)s
FROM users WHERE id = ANY(%(user_ids)s) AND is_active
