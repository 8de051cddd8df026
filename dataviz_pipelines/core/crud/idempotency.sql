-- Keys are kept for a day. Two requests with one key meet at the unique index: the second waits there until the first has
-- committed, and then finds its answer.

-- name: reserve
-- Nothing is returned for a key that is taken. One that is older than a day is taken over.
WITH pruned AS (
    DELETE FROM idempotency_keys WHERE id IN (
        SELECT id FROM idempotency_keys
        WHERE created_at < now() - interval '1 day'
            AND (user_id, idempotency_key) <> (%(user_id)s, %(key)s)
        LIMIT 100 FOR UPDATE SKIP LOCKED
    )
)
INSERT INTO idempotency_keys AS known (user_id, idempotency_key, request_hash, response_status, response_headers, response_body)
VALUES (%(user_id)s, %(key)s, %(request_hash)s, 0, '{}', '')
ON CONFLICT (user_id, idempotency_key) DO UPDATE SET request_hash = excluded.request_hash, created_at = now()
    WHERE known.created_at < now() - interval '1 day'
RETURNING id

-- name: keep
UPDATE idempotency_keys SET response_status = %(status)s, response_headers = %(headers)s, response_body = %(body)s
WHERE user_id = %(user_id)s AND idempotency_key = %(key)s

-- name: kept
SELECT request_hash, response_status, response_headers, response_body
FROM idempotency_keys
WHERE user_id = %(user_id)s AND idempotency_key = %(key)s
