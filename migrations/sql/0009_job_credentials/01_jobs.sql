-- Sealed, like the column of this name of data sources and channels: the audit notes only that it was changed.
ALTER TABLE scheduler_jobs
    ADD COLUMN connection_config JSONB;
