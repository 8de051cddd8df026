-- Accounts, sessions, keys and one-time tokens.

-- name: account_by_email
SELECT id, email, password_hash, is_active FROM users WHERE lower(email) = lower(%(email)s)

-- name: account_that_logs_in
-- `device_session` is the one that the browser bears the token of, open or not, if it is one of the person's latest.
SELECT person.id, person.email, person.password_hash, person.is_active, (
           SELECT latest.id
           FROM (SELECT id, token_hash FROM sessions WHERE user_id = person.id ORDER BY id DESC LIMIT 10) AS latest
           WHERE latest.token_hash = %(device)s
       ) AS device_session
FROM users AS person WHERE lower(person.email) = lower(%(email)s)

-- name: locked_account_by_email
SELECT id, email, is_active FROM users WHERE lower(email) = lower(%(email)s) FOR UPDATE

-- name: account
SELECT id, email, password_hash, is_active FROM users WHERE id = %(id)s FOR UPDATE

-- name: blocked_for
SELECT ceil(extract(epoch FROM max(blocked_until) - now()))::integer
FROM login_throttles WHERE subject = ANY(%(subjects)s) AND blocked_until > now()

-- name: count_failure
-- From the limit on, each failure blocks for twice as long as the one before; an hour of peace starts anew.
INSERT INTO login_throttles AS throttle (subject, failure_count, last_failure_at) VALUES (%(subject)s, 1, now())
ON CONFLICT (subject) DO UPDATE SET
    failure_count = CASE
        WHEN throttle.last_failure_at < now() - interval '1 hour' THEN 1 ELSE throttle.failure_count + 1
    END,
    last_failure_at = now(),
    blocked_until = CASE
        WHEN throttle.last_failure_at >= now() - interval '1 hour' AND throttle.failure_count + 1 >= %(limit)s
        THEN now() + least(
            interval '15 minutes',
            interval '30 seconds' * power(2, least(throttle.failure_count + 1 - %(limit)s, 10))
        )
    END
RETURNING blocked_until IS NOT NULL

-- name: forget_failures
DELETE FROM login_throttles WHERE subject = %(subject)s

-- name: forget_old_failures
-- More than a failure can add, so that the table shrinks however many there are.
DELETE FROM login_throttles WHERE id IN (
    SELECT id FROM login_throttles WHERE last_failure_at < now() - interval '1 day'
    ORDER BY last_failure_at LIMIT 100 FOR UPDATE SKIP LOCKED
)

-- name: open_session
INSERT INTO sessions (user_id, token_hash, ip_address, user_agent, expires_at)
VALUES (
    %(user_id)s, %(token_hash)s, nullif(%(ip_address)s, '')::inet, nullif(%(user_agent)s, ''),
    now() + make_interval(hours => coalesce(
        (SELECT setting_value::integer FROM system_settings WHERE setting_key = 'session_absolute_timeout_hours'), 168
    ))
)
RETURNING id, expires_at

-- name: note_login
UPDATE users SET last_login_at = now() WHERE id = %(id)s

-- name: end_oldest_sessions
UPDATE sessions SET ended_at = now()
WHERE user_id = %(user_id)s AND ended_at IS NULL AND id NOT IN (
    SELECT id FROM sessions WHERE user_id = %(user_id)s AND ended_at IS NULL ORDER BY id DESC LIMIT %(most)s
)

-- name: open_sessions
SELECT id, host(ip_address) AS ip_address, user_agent, created_at, last_seen_at, expires_at
FROM sessions WHERE user_id = %(user_id)s AND ended_at IS NULL AND expires_at > now()
  AND created_at > now() - make_interval(hours => coalesce(
      (SELECT setting_value::integer FROM system_settings WHERE setting_key = 'session_absolute_timeout_hours'), 168
  ))
  AND last_seen_at > now() - make_interval(mins => coalesce(
      (SELECT setting_value::integer FROM system_settings WHERE setting_key = 'session_timeout_minutes'), 60
  ))
ORDER BY last_seen_at DESC, id

-- name: end_session
UPDATE sessions SET ended_at = now()
WHERE id = %(id)s AND user_id = %(user_id)s AND ended_at IS NULL

-- name: end_presented
UPDATE sessions SET ended_at = now() WHERE token_hash = %(token_hash)s AND ended_at IS NULL

-- name: end_sessions
UPDATE sessions SET ended_at = now()
WHERE user_id = %(user_id)s AND ended_at IS NULL AND id IS DISTINCT FROM %(but)s

-- name: set_password
UPDATE users SET password_hash = %(password_hash)s WHERE id = %(id)s

-- name: change_password
-- Not if it was changed, the account disabled or the session ended while the current password was compared.
UPDATE users SET password_hash = %(password_hash)s
WHERE id = %(id)s AND is_active AND password_hash = %(current)s
  AND EXISTS (SELECT FROM sessions WHERE id = %(session_id)s AND ended_at IS NULL)

-- name: use_one_time_token
UPDATE one_time_tokens SET used_at = now()
WHERE token_hash = %(token_hash)s AND purpose = %(purpose)s AND used_at IS NULL AND expires_at > now()

-- name: use_one_time_tokens
UPDATE one_time_tokens SET used_at = now()
WHERE user_id = %(user_id)s AND purpose = %(purpose)s AND used_at IS NULL

-- name: new_one_time_token
INSERT INTO one_time_tokens (user_id, purpose, token_hash, expires_at)
VALUES (%(user_id)s, %(purpose)s, %(token_hash)s, now() + make_interval(hours => %(hours)s))

-- name: enough_mails_for
-- Seconds until the person may be sent another mail, none if they may now.
SELECT greatest(1, ceil(extract(epoch FROM created_at + interval '1 hour' - now())))::integer
FROM one_time_tokens WHERE user_id = %(user_id)s AND created_at > now() - interval '1 hour'
ORDER BY created_at DESC OFFSET %(most)s - 1 LIMIT 1

-- name: open_one_time_token
SELECT users.id, users.email
FROM one_time_tokens AS token JOIN users ON users.id = token.user_id AND users.is_active
WHERE token.token_hash = %(token_hash)s AND token.purpose = %(purpose)s
  AND token.used_at IS NULL AND token.expires_at > now()

-- name: verify_email
UPDATE users SET email_verified = true WHERE id = %(id)s AND NOT email_verified

-- name: api_keys
SELECT id, name, prefix, scopes, expires_at, last_used_at, created_at
FROM api_keys WHERE user_id = %(user_id)s AND revoked_at IS NULL ORDER BY created_at DESC, id

-- name: count_api_keys
SELECT count(*) FROM api_keys WHERE user_id = %(user_id)s AND revoked_at IS NULL

-- name: new_api_key
INSERT INTO api_keys (user_id, name, prefix, key_hash, scopes, expires_at)
VALUES (%(user_id)s, %(name)s, %(prefix)s, %(key_hash)s, %(scopes)s, %(expires_at)s)
RETURNING id, name, prefix, scopes, expires_at, last_used_at, created_at

-- name: revoke_api_key
UPDATE api_keys SET revoked_at = now(), name = left(name, 60) || ' (revoked ' || left(id::text, 8) || right(id::text, 8) || ')'
WHERE id = %(id)s AND user_id = %(user_id)s AND revoked_at IS NULL

-- name: profile
SELECT person.id, person.email, person.first_name, person.last_name, person.avatar_url, person.timezone,
       person.is_admin, person.email_verified, person.last_login_at, person.updated_at,
       coalesce((
           SELECT jsonb_agg(role.name ORDER BY role.name)
           FROM user_roles JOIN roles AS role ON role.id = user_roles.role_id AND role.is_active
           WHERE user_roles.user_id = person.id
       ), '[]') AS roles
FROM users AS person WHERE person.id = %(id)s

-- name: standing
-- What somebody may do, to be compared with what whoever changes their account may do.
SELECT person.is_admin, person.is_active, coalesce(string_agg(role.permissions::text, ' '), '') AS permissions
FROM users AS person
LEFT JOIN user_roles ON user_roles.user_id = person.id
LEFT JOIN roles AS role ON role.id = user_roles.role_id AND role.is_active
WHERE person.id = %(id)s
GROUP BY person.id

-- name: lock_administration
SELECT pg_advisory_xact_lock(hashtextextended('administrators', 0))

-- name: other_administrators
SELECT count(*) FROM users AS person
WHERE person.is_active AND person.id <> %(id)s AND (
    person.is_admin OR EXISTS (
        SELECT FROM user_roles JOIN roles AS role ON role.id = user_roles.role_id AND role.is_active
        WHERE user_roles.user_id = person.id AND role.permissions @> '["*"]'
    )
)

-- name: anybody_with_password
SELECT EXISTS (SELECT FROM users WHERE password_hash IS NOT NULL)

-- name: new_user
INSERT INTO users (email, is_admin) VALUES (%(email)s, %(is_admin)s) RETURNING id

-- name: first_administrator
-- An account with this address that nobody could log in to becomes it.
INSERT INTO users (email, password_hash, is_admin) VALUES (%(email)s, %(password_hash)s, true)
ON CONFLICT (lower(email)) DO UPDATE SET password_hash = excluded.password_hash, is_admin = true, is_active = true

-- name: give_role
INSERT INTO user_roles (user_id, role_id) SELECT %(user_id)s, id FROM roles WHERE name = %(role)s
ON CONFLICT DO NOTHING RETURNING role_id
