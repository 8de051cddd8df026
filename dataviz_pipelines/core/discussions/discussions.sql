-- name: parent
SELECT resource_type, resource_id FROM comments AS item WHERE item.id = %(id)s AND {visible}

-- name: has_replies
SELECT EXISTS (SELECT FROM comments WHERE parent_comment_id = %(id)s)

-- name: blank
UPDATE comments SET comment_text = %(text)s, deleted_at = now() WHERE id = %(id)s

-- name: remove
DELETE FROM comments WHERE id = %(id)s RETURNING parent_comment_id

-- name: remove_empty
-- What only held the place of a comment that had replies, and has none any more.
DELETE FROM comments AS item
WHERE item.id = %(id)s AND item.deleted_at IS NOT NULL
    AND NOT EXISTS (SELECT FROM comments WHERE parent_comment_id = item.id)
RETURNING parent_comment_id

-- name: settle
UPDATE comments SET is_resolved = %(resolved)s, resolved_by = CASE WHEN %(resolved)s THEN %(caller_id)s::uuid END
WHERE id = %(id)s AND is_resolved <> %(resolved)s

-- name: people
-- Whom a comment concerns: those it mentions and, where it is a reply, those who take part in its thread. Whether they may
-- see it is not asked here.
WITH RECURSIVE above AS (
    SELECT id, parent_comment_id FROM comments WHERE id = %(id)s
    UNION ALL
    SELECT item.id, item.parent_comment_id FROM comments AS item JOIN above ON item.id = above.parent_comment_id
), thread AS (
    SELECT item.id, item.created_by, item.deleted_at
    FROM comments AS item JOIN above ON above.id = item.id AND above.parent_comment_id IS NULL
    UNION ALL
    SELECT item.id, item.created_by, item.deleted_at
    FROM comments AS item JOIN thread ON item.parent_comment_id = thread.id
)
SELECT person.id, person.email, person.is_admin, held.role_ids, held.permissions, mentioned.is_true
FROM users AS person
CROSS JOIN LATERAL (
    SELECT person.id = ANY(%(ids)s) OR lower(person.email) = ANY(%(emails)s) AS is_true
) AS mentioned
CROSS JOIN LATERAL (
    SELECT array_agg(role.id) AS role_ids, string_agg(role.permissions::text, ' ') AS permissions
    FROM user_roles JOIN roles AS role ON role.id = user_roles.role_id AND role.is_active
    WHERE user_roles.user_id = person.id
) AS held
WHERE person.is_active AND person.id <> %(caller_id)s
    AND (
        mentioned.is_true
        OR (%(is_reply)s AND person.id IN (SELECT created_by FROM thread WHERE deleted_at IS NULL))
    )
ORDER BY mentioned.is_true DESC, person.id LIMIT 200

-- name: sees
SELECT FROM comments AS item WHERE item.id = %(id)s AND {visible}

-- name: subject
SELECT item.name FROM {table} AS item WHERE item.id = %(id)s

-- name: author
SELECT concat_ws(' ', first_name, last_name) FROM users WHERE id = %(id)s

-- name: tell
INSERT INTO notifications (user_id, notification_type, title, message, action_url)
SELECT told.user_id, %(notification_type)s, %(title)s, %(message)s, %(action_url)s
FROM unnest(%(user_ids)s::uuid[]) AS told (user_id)

-- name: unread
SELECT count(*) FROM notifications AS item WHERE NOT item.is_read AND {own}

-- name: read_all
UPDATE notifications AS item SET is_read = true WHERE NOT item.is_read AND {own}
