CREATE OR REPLACE FUNCTION search_terms(name text, source_comment text, description text, tags jsonb) RETURNS tsvector
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE
    terms text[];
BEGIN
    IF name !~ '[^a-z0-9_]' AND source_comment IS NULL AND description IS NULL AND tags = '[]' THEN
        -- What is below comes to this for names such as most are, and takes three times as long.
        RETURN array_to_tsvector(array_remove('=' || left(name, 499) || string_to_array(left(name, 500), '_'), ''));
    END IF;
    -- The whole name behind a =, and the words of the name as they are.
    terms := ARRAY['=' || left(lower(normalize(name, NFKC)), 499)] || regexp_split_to_array(
        left(lower(normalize(
            regexp_replace(name, '([[:lower:]0-9])([[:upper:]])|([[:upper:]])(?=[[:upper:]][[:lower:]])', '\1\3 \2', 'g'), NFKC
        )), 500),
        '[\s!-/:-@[-`{-~]+'
    );
    IF source_comment IS NOT NULL OR description IS NOT NULL OR tags <> '[]' THEN
        -- The words of what is said about it behind a ~.
        terms := terms || ARRAY(
            SELECT '~' || left(word, 499)
            FROM regexp_split_to_table(
                lower(normalize(left(concat_ws(' ', source_comment, description, nullif(tags, '[]')), 10000), NFKC)),
                '[\s!-/:-@[-`{-~]+'
            ) AS word
            WHERE word <> ''
        );
    END IF;
    RETURN array_to_tsvector(array_remove(terms, ''));
END
$$;
