"""Whether the platform can do its work: asked of the database, in which Dagster keeps its heartbeats too."""

from dataviz_pipelines.core.health.service import Check, check_readiness

__all__ = ["Check", "check_readiness"]
