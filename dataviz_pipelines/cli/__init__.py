"""The `dataviz` command: arguments in, one core call, a table or one JSON document out."""

from dataviz_pipelines.cli.app import main

__all__ = ["main"]
