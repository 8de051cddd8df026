-- name: add_preference
-- Nothing is returned for a key that the person has already.
INSERT INTO user_preferences (user_id, preference_key, preference_value)
VALUES (%(user_id)s, %(key)s, %(value)s)
ON CONFLICT (user_id, preference_key) DO NOTHING
RETURNING id

-- name: count_preferences
SELECT count(*) FROM user_preferences WHERE user_id = %(user_id)s
