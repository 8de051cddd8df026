"""Whether the destination, the mode and the reader's settings fit the rest of a template."""

from collections.abc import Iterable
from io import BytesIO, TextIOWrapper

from dataviz_pipelines.core.ingestion.destinations.registry import DESTINATIONS
from dataviz_pipelines.core.ingestion.templates.columns import identifier_problems, schema_problem
from dataviz_pipelines.core.ingestion.templates.problems import Problem, Problems
from dataviz_pipelines.core.models.documents.uploads import (
    ColumnType,
    DestinationConfig,
    DestinationType,
    FileFormat,
    TemplateDocument,
    UploadMode,
)
from dataviz_pipelines.core.models.documents.vocabulary import MAX_COLUMNS

PATH = "destination_config"
MYSQL_SCALE = 30
KEYED_MODES = {UploadMode.UPSERT, UploadMode.INSERT_NEW, UploadMode.DELETE_INSERT}
_OPTIONS_OF = {
    FileFormat.CSV: {
        "encoding",
        "delimiter",
        "quote",
        "escape",
        "header_row",
        "column_names",
        "footer_rows",
        "comment",
    },
    FileFormat.EXCEL: {"header_row", "column_names", "sheet"},
    FileFormat.JSON: {"encoding", "records_path"},
}


def destination_problems(document: TemplateDocument) -> Problems:
    destination = document.destination_config
    kind = document.destination_type
    if kind not in DESTINATIONS:
        yield Problem(
            "destination_type", f"files can be loaded into {' and '.join(DESTINATIONS)} only"
        )
    yield from _place_problems(destination, is_platform=kind is DestinationType.POSTGRESQL)
    yield from identifier_problems(destination.schema_name, f"{PATH}.schema")
    yield from identifier_problems(destination.table, f"{PATH}.table")
    yield from _scale_problems(document)
    yield from _key_problems(document)
    yield from _upload_id_problems(document)


def _place_problems(destination: DestinationConfig, *, is_platform: bool) -> Problems:
    if not is_platform and destination.data_source is None:
        yield Problem(f"{PATH}.data_source", "says which data source the rows go to; it is missing")
    if is_platform and destination.data_source is not None:
        yield Problem(
            f"{PATH}.data_source", "postgresql is the platform's own database; leave it out"
        )
    reserved = schema_problem(destination.schema_name)
    if reserved is not None:
        yield Problem(f"{PATH}.schema", reserved)


def _scale_problems(document: TemplateDocument) -> Problems:
    if document.destination_type is not DestinationType.MYSQL:
        return
    for index, rule in enumerate(document.validation_rules.columns):
        if rule.type is ColumnType.DECIMAL and rule.scale > MYSQL_SCALE:
            yield Problem(
                f"validation_rules.columns[{index}].scale",
                f"MySQL keeps at most {MYSQL_SCALE} digits after the point",
            )


def _key_problems(document: TemplateDocument) -> Problems:
    keys = document.destination_config.keys
    rules = {rule.name: rule for rule in document.validation_rules.columns}
    if document.upload_mode in KEYED_MODES and not keys:
        yield Problem(
            f"{PATH}.keys", f"the mode {document.upload_mode} needs the columns that identify a row"
        )
    for index, key in enumerate(keys):
        path = f"{PATH}.keys[{index}]"
        if key not in rules:
            yield Problem(path, f"validation_rules has no column {key!r}")
        elif rules[key].nullable:
            yield Problem(path, f"the column {key!r} may be NULL; a key needs nullable: false")
        elif rules[key].type is ColumnType.JSON:
            yield Problem(path, "JSON cannot be a key")
        if key in keys[:index]:
            yield Problem(path, f"{key!r} is named twice")


def _upload_id_problems(document: TemplateDocument) -> Problems:
    name = document.destination_config.upload_id_column
    columns = document.validation_rules.columns
    if name is None:
        return
    path = f"{PATH}.upload_id_column"
    yield from identifier_problems(name, path)
    if name.casefold() in {rule.name.casefold() for rule in columns}:
        yield Problem(path, f"validation_rules has a column {name!r} already")
    if len(columns) + 1 > MAX_COLUMNS:
        yield Problem(path, f"a table has at most {MAX_COLUMNS} columns")


def reader_problems(document: TemplateDocument) -> Problems:
    config = document.reader_config
    path = "reader_config"
    given = [name for name in type(config).model_fields if getattr(config, name) is not None]
    for name in given:
        if name not in _OPTIONS_OF[document.file_format]:
            yield Problem(
                f"{path}.{name}", f"files of the format {document.file_format} have no such option"
            )
    if config.header_row == 0 and config.column_names is None:
        yield Problem(
            f"{path}.column_names", "without a header (header_row 0) the names must be given"
        )
    if len(set(config.column_names or ())) < len(config.column_names or ()):
        yield Problem(f"{path}.column_names", "a name stands twice")
    if config.encoding is not None and not _is_text_encoding(config.encoding):
        yield Problem(f"{path}.encoding", f"there is no encoding {config.encoding!r}")
    yield from _dialect_problems(document)


def _dialect_problems(document: TemplateDocument) -> Problems:
    config = document.reader_config
    marks = {"quote": config.quote, "escape": config.escape, "comment": config.comment}
    for name, mark in marks.items():
        if mark and config.delimiter and mark in config.delimiter:
            yield Problem(f"reader_config.{name}", "is the delimiter as well")
    line_ends: Iterable[str] = ("\n", "\r", "\x00")
    for name, mark in (*marks.items(), ("delimiter", config.delimiter)):
        if mark is not None and any(each in mark for each in line_ends):
            yield Problem(f"reader_config.{name}", "a line end or NUL cannot be used")
    if isinstance(config.sheet, int) and config.sheet < 1:
        yield Problem("reader_config.sheet", "sheets are counted from 1")


def _is_text_encoding(name: str) -> bool:
    """Some Python codecs turn bytes into bytes, or text into text; they decode no file."""
    try:
        TextIOWrapper(BytesIO(), encoding=name)
    except (LookupError, ValueError):
        return False
    return True
