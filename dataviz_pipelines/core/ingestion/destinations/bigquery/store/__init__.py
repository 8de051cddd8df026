"""Every statement that loading into BigQuery runs. Identifiers are quoted and texts written by `names`."""
