-- Who a person is, and what is theirs alone to ask about. Statements about single tables are composed in store.py.

-- name: find
SELECT id, email FROM users WHERE id::text = lower(%(who)s) OR lower(email) = lower(%(who)s)

-- name: lock
-- Waits for what the person is doing at the moment: whatever names them holds a lighter lock on this row.
SELECT FROM users WHERE id = %(id)s FOR UPDATE

-- name: names
-- What the person is called and was ever called, as far as the audit knows. What is another's by now is left out.
WITH called AS (
    SELECT field.key, field.value
    FROM audit_logs AS item
    CROSS JOIN LATERAL unnest(ARRAY[item.old_values, item.new_values]) AS document
    CROSS JOIN LATERAL jsonb_each_text(CASE jsonb_typeof(document) WHEN 'object' THEN document ELSE '{}' END) AS field
    WHERE item.resource_type = 'users' AND item.resource_id = %(id)s
    UNION SELECT field.key, field.value
    FROM users AS person CROSS JOIN LATERAL jsonb_each_text(to_jsonb(person)) AS field
    WHERE person.id = %(id)s
)
SELECT 'email' AS kind, value AS name
FROM called
WHERE key = 'email' AND value NOT LIKE '%%@erased.invalid'
    AND NOT EXISTS (SELECT FROM users WHERE lower(email) = lower(value) AND id <> %(id)s)
UNION SELECT 'name', first.value || ' ' || last.value
FROM called AS first JOIN called AS last ON last.key = 'last_name' AND last.value <> ''
WHERE first.key = 'first_name' AND first.value <> ''
    AND NOT EXISTS (
        SELECT FROM users WHERE first_name = first.value AND last_name = last.value AND id <> %(id)s
    )
ORDER BY kind, name

-- name: become
UPDATE users
SET email = %(email)s, first_name = %(first_name)s, last_name = %(last_name)s, avatar_url = NULL, timezone = DEFAULT,
    password_hash = NULL, is_admin = false, is_active = false, email_verified = false, last_login_at = NULL
WHERE id = %(id)s

-- name: end_grants
DELETE FROM resource_permissions WHERE principal_type = 'user' AND principal_id = %(id)s

-- name: forget_throttles
DELETE FROM login_throttles WHERE subject = ANY(%(subjects)s)

-- name: addresses
SELECT host(ip_address) AS address FROM sessions WHERE user_id = %(id)s
UNION SELECT host(ip_address) FROM audit_logs WHERE user_id = %(id)s
UNION SELECT host(ip_address) FROM dashboard_analytics WHERE user_id = %(id)s

-- name: forget_answers
-- Answers to requests of others that show the person.
DELETE FROM idempotency_keys WHERE position(%(id)s::uuid::text IN response_body) > 0

-- name: hold_sealing
-- Nobody seals what is about to be rewritten, until the transaction ends.
SELECT pg_advisory_xact_lock(hashtextextended('dataviz.audit_seals', 0))

-- name: seal_again
-- Those of the rows that have a seal get another; the others wait for their first.
WITH sealed AS MATERIALIZED (
    SELECT substring(seal.entries FROM place FOR 16) AS id
    FROM (SELECT entries || ''::bytea AS entries FROM audit_seals OFFSET 0) AS seal,
        generate_series(1, length(seal.entries) - 47, 48) AS place
)
SELECT append_audit_seals('erasure', array_agg(id), '-infinity')
FROM unnest(%(ids)s::uuid[]) AS id
WHERE uuid_send(id) IN (SELECT sealed.id FROM sealed)
