"""BigQuery."""

from dataviz_pipelines.core.discovery.engines.bigquery.engine import BigQuery

__all__ = ["BigQuery"]
