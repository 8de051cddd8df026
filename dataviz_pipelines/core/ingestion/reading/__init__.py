"""Reading files: whatever the format, a source of text columns that says what it understood."""

from dataviz_pipelines.core.ingestion.reading.limits import Limits
from dataviz_pipelines.core.ingestion.reading.opening import open_source

__all__ = ["Limits", "open_source"]
