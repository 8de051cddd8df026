"""Runs what people ask of data sources in SQL: read-only, bounded, and noted, whatever becomes of it."""
