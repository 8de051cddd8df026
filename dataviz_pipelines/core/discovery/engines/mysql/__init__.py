"""MySQL 8 and MariaDB 10.11, and later."""

from dataviz_pipelines.core.discovery.engines.mysql.engine import MySQL

__all__ = ["MySQL"]
