-- What the application itself does with the audit; the triggers do the rest.

-- name: note
INSERT INTO audit_logs (
    timestamp, user_id, action_type, resource_type, resource_id, new_values, ip_address, user_agent, request_id,
    created_by, updated_by
)
VALUES (
    clock_timestamp(), %(user_id)s, %(action_type)s, %(resource_type)s, %(resource_id)s, %(details)s,
    nullif(%(ip_address)s, '')::inet, nullif(%(user_agent)s, ''), nullif(%(request_id)s, ''), NULL, NULL
)

-- name: seal
SELECT seal_audit_logs()

-- name: head
SELECT sequence, hash FROM audit_seals ORDER BY sequence DESC LIMIT 1

-- name: seals
SELECT sequence, kind,
       CASE WHEN sealed_at BETWEEN '1000-01-01' AND '9000-01-01' THEN sealed_at END AS sealed_at,
       row_count, entries, previous_hash, hash
FROM audit_seals ORDER BY sequence

-- name: differences
-- Rows that are not what the chain says, and rows that it says nothing about. What a row's hash covers stands here once
-- more, so that whoever changes the functions of the database cannot deceive this.
WITH window_of_sealing AS (
    SELECT coalesce(
               (SELECT least(sealed_at, now()) - interval '1 day' FROM audit_seals ORDER BY sequence DESC LIMIT 1),
               '-infinity'
           ) AS since,
           now() + interval '1 day' AS until
), entries AS MATERIALIZED ( -- else every entry is sorted with the whole seal that it is cut from
    SELECT seal.sequence, seal.kind, seal.sealed_at,
           encode(substring(seal.entries FROM place FOR 16), 'hex')::uuid AS id,
           substring(seal.entries FROM place + 16 FOR 32) AS hash
    FROM (
        SELECT sequence, kind, sealed_at, entries || ''::bytea AS entries FROM audit_seals OFFSET 0
    ) AS seal, generate_series(1, length(seal.entries) - 47, 48) AS place
), sealed AS (
    SELECT DISTINCT ON (id) id, sequence, sealed_at, hash,
           count(*) FILTER (WHERE kind = 'rows') OVER (PARTITION BY id) AS times
    FROM entries ORDER BY id, sequence DESC
), written AS (
    SELECT id, timestamp, sha256(convert_to(to_jsonb(ARRAY[
               id::text, extract(epoch FROM timestamp)::text, user_id::text, action_type,
               resource_type, resource_id::text, old_values::text, new_values::text,
               ip_address::text, user_agent, request_id, database_user, salt::text,
               extract(epoch FROM created_at)::text, extract(epoch FROM updated_at)::text,
               created_by::text, updated_by::text
           ])::text, 'UTF8')) AS hash
    FROM audit_logs
), compared AS (
    SELECT CASE
               WHEN written.id IS NULL THEN 'removed'
               WHEN sealed.id IS NULL AND timestamp > since AND timestamp < until THEN 'waiting'
               WHEN sealed.id IS NULL THEN 'added'
               WHEN sealed.hash <> written.hash THEN 'edited'
               WHEN sealed.times <> 1 THEN 'sealed twice'
           END AS kind,
           coalesce(sealed.id, written.id) AS id,
           coalesce(timestamp, sealed_at) AS at,
           sequence
    FROM sealed FULL JOIN written ON written.id = sealed.id CROSS JOIN window_of_sealing
)
SELECT kind, id, CASE WHEN at BETWEEN '1000-01-01' AND '9000-01-01' THEN at END AS at, sequence
FROM compared WHERE kind IS NOT NULL ORDER BY compared.at, id
