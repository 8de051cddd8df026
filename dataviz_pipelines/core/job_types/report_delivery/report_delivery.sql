-- name: people
-- With the names by which others may know them, as grants show them.
SELECT person.id, person.email, coalesce(nullif(concat_ws(' ', person.first_name, person.last_name), ''), person.email)
FROM users AS person
WHERE person.is_active AND (person.id = ANY(%(user_ids)s) OR EXISTS (
    SELECT FROM user_roles AS held JOIN roles AS role ON role.id = held.role_id
    WHERE held.user_id = person.id AND role.is_active AND role.id = ANY(%(role_ids)s)
))
ORDER BY person.email
