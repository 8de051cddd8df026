ALTER TABLE database_metadata
    ADD COLUMN profile_tried_at TIMESTAMPTZ;

UPDATE database_metadata AS item SET profile_tried_at = found.latest
FROM (
    SELECT field.table_metadata_id, max(profile.profiled_at) AS latest
    FROM column_profiles AS profile JOIN column_metadata AS field ON field.id = profile.column_metadata_id
    GROUP BY field.table_metadata_id
) AS found
WHERE item.id = found.table_metadata_id;

-- That it was profiled is no change of what is known of the table.
DROP TRIGGER touch_updated_at ON database_metadata;
CREATE TRIGGER touch_updated_at BEFORE UPDATE ON database_metadata
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at('profile_tried_at');
