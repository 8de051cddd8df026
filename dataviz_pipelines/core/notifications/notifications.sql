-- What people are told, in the app and elsewhere. `now()` is the moment of the caller's transaction; whoever delivers says
-- what time it is.

-- name: tell_in_app
INSERT INTO notifications (user_id, notification_type, title, message, action_url, severity, notice_id)
SELECT id, %(kind)s, %(title)s, %(message)s, %(action_url)s, %(severity)s, %(notice_id)s
FROM users WHERE id = ANY(%(user_ids)s) AND is_active

-- name: mail_people
INSERT INTO notification_deliveries
    (notice_id, user_id, channel_kind, kind, severity, title, message, action_url, incident_key)
SELECT %(notice_id)s, id, 'email', %(kind)s, %(severity)s, %(title)s, %(message)s, %(action_url)s, %(key)s
FROM users WHERE id = ANY(%(user_ids)s) AND is_active

-- name: send_elsewhere
-- To an address, or to a channel, which is found by its id or name. One that is not found fails where it is sent, visibly.
INSERT INTO notification_deliveries
    (notice_id, channel_id, channel_kind, target, kind, severity, title, message, action_url, incident_key)
SELECT %(notice_id)s, channel.id, %(channel_kind)s, coalesce(channel.name, %(target)s), %(kind)s, %(severity)s, %(title)s,
    %(message)s, %(action_url)s, %(key)s
FROM (SELECT) AS always
LEFT JOIN LATERAL (
    SELECT id, name FROM notification_channels
    WHERE channel_kind = %(channel_kind)s AND (id::text = %(target)s OR name = %(target)s)
    ORDER BY name = %(target)s LIMIT 1
) AS channel ON true

-- name: lock_incident
SELECT pg_advisory_xact_lock(hashtextextended('dataviz.incident ' || %(key)s::text, 0))

-- name: find_incident
SELECT repeat_count, told_at > now() - %(window)s::interval FROM notification_incidents WHERE incident_key = %(key)s

-- name: open_incident
INSERT INTO notification_incidents (incident_key, kind, severity, title, message, action_url, audience)
VALUES (%(key)s, %(kind)s, %(severity)s, %(title)s, %(message)s, %(action_url)s, %(audience)s)

-- name: count_repeat
UPDATE notification_incidents SET repeat_count = repeat_count + 1, last_seen_at = now() WHERE incident_key = %(key)s

-- name: tell_again
UPDATE notification_incidents
SET repeat_count = 0, told_at = now(), last_seen_at = now(), kind = %(kind)s, severity = %(severity)s, title = %(title)s,
    message = %(message)s, action_url = %(action_url)s, audience = %(audience)s
WHERE incident_key = %(key)s

-- name: close_incident
DELETE FROM notification_incidents WHERE incident_key = %(key)s RETURNING repeat_count

-- name: take_untold
-- Incidents that have happened again since people were told, longer ago than the window. Whoever takes them tells.
WITH taken AS (
    SELECT id, repeat_count FROM notification_incidents
    WHERE repeat_count > 0 AND told_at <= %(now)s - %(window)s::interval
    ORDER BY told_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
)
UPDATE notification_incidents AS item SET repeat_count = 0, told_at = %(now)s
FROM taken WHERE item.id = taken.id
RETURNING item.incident_key, item.kind, item.severity, item.title, item.message, item.action_url, item.audience,
    taken.repeat_count

-- name: claim
-- Messages that are due, among them those whose sender was lost. Locked, and passed over by all others, until the
-- transaction ends.
SELECT item.id, item.notice_id, item.created_at, item.channel_kind, item.target, item.kind, item.severity, item.title,
    item.message, item.action_url, item.incident_key, item.attempt_count, item.user_id, person.email,
    coalesce(person.is_active, item.user_id IS NULL), person.timezone,
    coalesce((
        SELECT jsonb_object_agg(preference_key, preference_value) FROM user_preferences AS preference
        WHERE preference.user_id = item.user_id AND preference_key = ANY(%(preferences)s)
    ), '{}'), channel.id, channel.connection_config, channel.is_active
FROM notification_deliveries AS item
LEFT JOIN users AS person ON person.id = item.user_id
LEFT JOIN notification_channels AS channel ON channel.id = item.channel_id
WHERE item.status IN ('queued', 'sending') AND item.next_attempt_at <= %(now)s AND NOT item.in_digest
ORDER BY item.next_attempt_at LIMIT %(limit)s
FOR UPDATE OF item SKIP LOCKED

-- name: begin
UPDATE notification_deliveries
SET status = 'sending', attempt_count = attempt_count + 1, next_attempt_at = %(lost_at)s WHERE id = %(id)s

-- name: wait
UPDATE notification_deliveries
SET status = 'queued', next_attempt_at = %(until)s, in_digest = %(in_digest)s WHERE id = %(id)s

-- name: drop
UPDATE notification_deliveries SET status = %(status)s, last_error = %(error)s WHERE id = %(id)s

-- name: record_delivered
UPDATE notification_deliveries SET status = 'delivered', delivered_at = %(now)s, last_error = NULL
WHERE id = %(id)s AND status = 'sending' AND attempt_count = %(attempt)s

-- name: record_retry
UPDATE notification_deliveries SET status = 'queued', next_attempt_at = %(at)s, last_error = %(error)s
WHERE id = %(id)s AND status = 'sending' AND attempt_count = %(attempt)s

-- name: record_failed
UPDATE notification_deliveries SET status = 'failed', last_error = %(error)s
WHERE id = %(id)s AND status = 'sending' AND attempt_count = %(attempt)s

-- name: say_so_in_app
-- Those who were told in the app learn there that it did not reach them otherwise.
UPDATE notifications SET message = message || E'\n' || %(said)s, is_read = false
WHERE notice_id = %(notice_id)s AND (%(user_id)s::uuid IS NULL OR user_id = %(user_id)s)

-- name: collect_digests
-- One mail for each person of all that waits for their digest. The rows go, so that nothing is collected twice.
WITH taken AS (
    DELETE FROM notification_deliveries WHERE id IN (
        SELECT id FROM notification_deliveries
        WHERE in_digest AND status = 'queued' AND next_attempt_at <= %(now)s
        ORDER BY id FOR UPDATE
    )
    RETURNING user_id, title, created_at
), digests AS (
    SELECT user_id, count(*) AS notices, array_agg('- ' || title ORDER BY created_at) AS lines FROM taken GROUP BY user_id
)
INSERT INTO notification_deliveries (notice_id, user_id, channel_kind, kind, title, message, action_url, next_attempt_at)
SELECT uuid_v7(), user_id, 'email', %(kind)s, notices || CASE notices WHEN 1 THEN ' notice' ELSE ' notices' END,
    array_to_string(lines[1:%(longest)s], E'\n')
        || CASE WHEN notices > %(longest)s THEN E'\n- and ' || notices - %(longest)s || ' more' ELSE '' END,
    '/notifications', %(now)s
FROM digests

-- name: forget_deliveries
DELETE FROM notification_deliveries WHERE id IN (
    SELECT id FROM notification_deliveries
    WHERE status IN ('delivered', 'failed', 'suppressed') AND updated_at < %(now)s - %(kept)s::interval
    ORDER BY updated_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
)

-- name: forget_incidents
DELETE FROM notification_incidents WHERE id IN (
    SELECT id FROM notification_incidents
    WHERE last_seen_at < %(now)s - %(kept)s::interval AND repeat_count = 0
    ORDER BY last_seen_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
)

-- name: queue_again
UPDATE notification_deliveries
SET status = 'queued', attempt_count = 0, next_attempt_at = now(), in_digest = false
WHERE id = %(id)s AND status IN ('failed', 'suppressed')

-- name: alerted_people
SELECT person.id FROM users AS person
WHERE person.is_active AND (person.is_admin OR EXISTS (
    SELECT FROM user_roles AS held JOIN roles AS role ON role.id = held.role_id
    WHERE held.user_id = person.id AND role.permissions ?| %(permissions)s
))

-- name: alerted_channels
SELECT channel_kind, id::text FROM notification_channels WHERE gets_alerts AND is_active

-- name: delivery_of_notice
SELECT id FROM notification_deliveries WHERE notice_id = %(notice_id)s

-- name: sealed_channel
SELECT connection_config FROM notification_channels WHERE id = %(id)s

-- name: channel_named
SELECT id, name, connection_config, is_active FROM notification_channels
WHERE channel_kind = %(channel_kind)s AND (id::text = %(target)s OR name = %(target)s)
ORDER BY name = %(target)s LIMIT 1

-- name: record_sent
INSERT INTO notification_deliveries (id, notice_id, user_id, channel_id, channel_kind, target, kind, title, message,
    action_url, status, attempt_count, delivered_at)
VALUES (%(id)s, %(notice_id)s, %(user_id)s, %(channel_id)s, %(channel_kind)s, %(target)s, %(kind)s, %(title)s, %(message)s,
    %(action_url)s, 'delivered', 1, %(now)s)
ON CONFLICT (id) DO NOTHING

-- name: sent
SELECT id FROM notification_deliveries WHERE notice_id = %(notice_id)s AND status = 'delivered'
