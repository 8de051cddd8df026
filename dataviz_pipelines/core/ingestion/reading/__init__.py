"""Reading files: whatever the format, a source of text columns that says what it understood."""

from dataviz_pipelines.core.ingestion.reading.inspection import (
    Inspection,
    inspect_file,
    lenient_rows,
)
from dataviz_pipelines.core.ingestion.reading.limits import Limits
from dataviz_pipelines.core.ingestion.reading.opening import open_source
from dataviz_pipelines.core.ingestion.reading.workbook_guard import check_xml_is_defused

__all__ = [
    "Inspection",
    "Limits",
    "check_xml_is_defused",
    "inspect_file",
    "lenient_rows",
    "open_source",
]
