"""PostgreSQL 14 and later."""

from dataviz_pipelines.core.discovery.engines.postgresql.engine import PostgreSQL

__all__ = ["PostgreSQL"]
