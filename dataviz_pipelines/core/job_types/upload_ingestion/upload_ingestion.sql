-- name: taken
-- The version that was taken last of each place.
SELECT DISTINCT ON (details -> 'taken_from' ->> 'place')
    details -> 'taken_from' ->> 'place', details -> 'taken_from' ->> 'version'
FROM upload_history
WHERE template_id = %(template_id)s AND details -> 'taken_from' ->> 'place' = ANY (%(places)s)
ORDER BY details -> 'taken_from' ->> 'place', created_at DESC

-- name: note_taken
UPDATE upload_history SET details = details || jsonb_build_object('taken_from', %(taken_from)s::jsonb)
WHERE id = %(id)s AND status IN ('succeeded', 'duplicate', 'undone')
