-- A trusted extension: whoever may create things in the database may create it.
CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;

DO $$
BEGIN
    IF (SELECT extnamespace <> 'public'::regnamespace FROM pg_extension WHERE extname = 'pg_trgm') THEN
        RAISE EXCEPTION 'the extension pg_trgm is in another schema than public' USING ERRCODE = 'feature_not_supported';
    END IF;
END
$$;

CREATE OR REPLACE FUNCTION search_name(name text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT lower(normalize(name, NFKC))
$$;

CREATE OR REPLACE FUNCTION search_terms(name text, source_comment text, description text, tags jsonb) RETURNS tsvector
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE
    -- The whole name behind a =, and the words of the name as they are.
    terms text[] := ARRAY['=' || left(lower(normalize(name, NFKC)), 499)] || regexp_split_to_array(
        left(lower(normalize(
            regexp_replace(name, '([[:lower:]0-9])([[:upper:]])|([[:upper:]])(?=[[:upper:]][[:lower:]])', '\1\3 \2', 'g'), NFKC
        )), 500),
        '[\s!-/:-@[-`{-~]+'
    );
BEGIN
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

CREATE INDEX idx_column_metadata_search_name ON column_metadata USING gin (search_name(column_name) public.gin_trgm_ops);
CREATE INDEX idx_column_metadata_search_terms ON column_metadata USING gin (search_terms(column_name, source_comment, description, tags));
CREATE INDEX idx_database_metadata_search_name ON database_metadata USING gin (search_name(table_name) public.gin_trgm_ops);
CREATE INDEX idx_database_metadata_search_terms ON database_metadata USING gin (search_terms(table_name, source_comment, description, tags));
