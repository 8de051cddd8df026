"""From a path to the reader of what is there."""

from collections.abc import Sequence
from pathlib import Path

from dataviz_pipelines.core.ingestion.errors import UnreadableFileError
from dataviz_pipelines.core.ingestion.kinds import format_of, kind_of
from dataviz_pipelines.core.ingestion.reading.json_source import JsonSource
from dataviz_pipelines.core.ingestion.reading.limits import Limits
from dataviz_pipelines.core.ingestion.reading.streams import ByteStream
from dataviz_pipelines.core.ingestion.reading.text_source import TextSource
from dataviz_pipelines.core.ingestion.reading.workbook_source import WorkbookSource
from dataviz_pipelines.core.ingestion.source import Source
from dataviz_pipelines.core.models.documents.uploads import ReaderConfig
from dataviz_pipelines.core.models.documents.vocabulary import MAX_COLUMNS


def open_source(
    path: Path, config: ReaderConfig, *, limits: Limits, expected_columns: Sequence[str] = ()
) -> Source:
    """The file's records, as text columns. `expected_columns` are names and aliases that a template knows; they help to
    find the header. Raises UnreadableFileError; the caller closes what it gets."""
    source = open_any_width(path, config, limits=limits, expected_columns=expected_columns)
    width = len(source.profile.columns)
    if width > MAX_COLUMNS:
        source.close()
        raise UnreadableFileError(
            f"{path.name} has {width:,} columns; a table can have {MAX_COLUMNS:,}.",
            remedy="Split the table, or pin the delimiter in the template if it is wrong.",
        )
    return source


def open_any_width(
    path: Path, config: ReaderConfig, *, limits: Limits, expected_columns: Sequence[str] = ()
) -> TextSource | WorkbookSource | JsonSource:
    """As `open_source`, for looking at a file that no table could hold."""
    kind = kind_of(path)
    stream = ByteStream(path, kind.compression, limits)
    file_format = (
        format_of(Path(stream.member.lower()).suffix) if stream.member else kind.file_format
    )
    try:
        if file_format in {"xlsx", "xls"}:
            return WorkbookSource(stream, file_format, config, limits, expected_columns)
        if file_format == "json":
            return JsonSource(stream, config, limits)
        return TextSource(stream, config, limits, expected_columns)
    except BaseException:
        stream.close()
        raise
