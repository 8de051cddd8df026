"""The template language: what the JSON columns of `upload_templates` hold.

These models say what is well-formed. Whether a template makes sense as a whole (do the keys exist, does every expression
parse) is decided by `core.ingestion.templates`, which also finds the JSON path of what is wrong.
"""

from decimal import Decimal
from enum import StrEnum

from pydantic import ConfigDict, Field

from dataviz_pipelines.core.models.documents.document import Document
from dataviz_pipelines.core.models.documents.steps import TransformationRules
from dataviz_pipelines.core.models.documents.vocabulary import (
    MAX_COLUMNS,
    MAX_DECIMAL_PRECISION,
    ColumnName,
    Identifier,
    Separator,
)


class ReaderConfig(Document):
    """Pins what the reader would otherwise detect. A field that is None is detected and reported with a confidence."""

    encoding: str | None = Field(
        None, description="A Python codec name, such as `utf-8` or `cp1252`."
    )
    delimiter: str | None = Field(None, min_length=1, max_length=4)
    quote: str | None = Field(
        None, max_length=1, description="One character; an empty string means no quoting."
    )
    escape: str | None = Field(
        None, max_length=1, description="One character; an empty string means none."
    )
    header_row: int | None = Field(
        None,
        ge=0,
        description="Line of the header, counted from 1. 0: the file has none; `column_names` says them.",
    )
    column_names: list[ColumnName] | None = Field(None, min_length=1, max_length=MAX_COLUMNS)
    footer_rows: int | None = Field(
        None, ge=0, description="Lines at the end that are no data, such as a total."
    )
    comment: str | None = Field(
        None, max_length=1, description="Lines that begin with it are skipped."
    )
    sheet: str | int | None = Field(
        None, description="Workbooks: the sheet's name, or its position from 1."
    )
    records_path: list[str] | None = Field(
        None, description='JSON: keys that lead to the array of records, such as ["data", "items"].'
    )


class ColumnType(StrEnum):
    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    FLOAT = "float"
    BOOLEAN = "boolean"
    DATE = "date"
    TIME = "time"
    TIMESTAMP = "timestamp"
    TIMESTAMPTZ = "timestamptz"
    UUID = "uuid"
    JSON = "json"


class Lookup(Document):
    """The value must be one of those in a column of a table in the destination database."""

    schema_name: Identifier = Field("uploads", alias="schema")
    table: Identifier
    column: Identifier

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class ColumnRule(Document):
    """One column of the destination: how its text is read, and what its values must be."""

    name: ColumnName
    type: ColumnType = ColumnType.TEXT
    aliases: list[ColumnName] = Field(
        default_factory=list, description="Other headers that mean this column."
    )
    description: str | None = None
    required: bool = Field(
        True, description="The file must have the column. Otherwise a missing one is NULL."
    )
    nullable: bool = True
    null_values: list[str] = Field(
        default_factory=lambda: [""], description="Texts that mean NULL."
    )

    formats: list[str] = Field(
        default_factory=list,
        description="Dates and times: strptime formats, tried in this order. None given: ISO 8601.",
    )
    time_zone: str | None = Field(
        None, description="timestamptz: IANA zone of values that carry no offset."
    )
    decimal: Separator = "."
    thousands: Separator | None = None
    precision: int = Field(
        MAX_DECIMAL_PRECISION, ge=1, le=MAX_DECIMAL_PRECISION, description="decimal: digits in all."
    )
    scale: int = Field(
        9, ge=0, le=MAX_DECIMAL_PRECISION, description="decimal: digits after the point."
    )
    true_values: list[str] = Field(default_factory=lambda: ["true", "t", "yes", "y", "1"])
    false_values: list[str] = Field(default_factory=lambda: ["false", "f", "no", "n", "0"])

    unique: bool = False
    min: Decimal | str | None = Field(
        None, description="Smallest value; ISO text for dates and times."
    )
    max: Decimal | str | None = Field(
        None, description="Greatest value; ISO text for dates and times."
    )
    min_length: int | None = Field(None, ge=0, description="Characters.")
    max_length: int | None = Field(None, ge=0, description="Characters.")
    pattern: str | None = Field(
        None, description="A regular expression that the whole text must match."
    )
    one_of: list[str | int | Decimal] | None = Field(None, min_length=1)
    lookup: Lookup | None = None


class RowRule(Document):
    """A condition across columns. A row for which it is NULL passes, as in an SQL CHECK."""

    name: str = Field(min_length=1, max_length=100)
    expression: str = Field(max_length=2_000)
    message: str | None = None


class FileRule(Document):
    min_rows: int = Field(1, ge=0)
    max_rows: int | None = Field(None, ge=1)
    max_rejects: int | None = Field(
        None, ge=0, description="With more rejected rows nothing is loaded. 0: all or nothing."
    )
    max_reject_rate: float = Field(
        1.0, ge=0, le=1, description="Above this share of rejected rows nothing is loaded."
    )
    warn_reject_rate: float = Field(
        0.05, ge=0, le=1, description="Above this share the asset check warns."
    )


class ValidationRules(Document):
    columns: list[ColumnRule] = Field(min_length=1, max_length=MAX_COLUMNS)
    rows: list[RowRule] = Field(default_factory=list)
    file: FileRule = Field(default_factory=FileRule)


class Contract(StrEnum):
    """What happens to a column of the file that the template does not know."""

    EVOLVE = "evolve"  # it is added to the table as text
    FREEZE = "freeze"  # the file is refused
    DISCARD_ROW = "discard_row"  # rows that have a value there are rejected
    DISCARD_VALUE = "discard_value"  # it is ignored, with a warning


class UploadMode(StrEnum):
    APPEND = "append"
    REPLACE = "replace"
    UPSERT = "upsert"
    INSERT_NEW = "insert_new"
    FAIL_IF_EXISTS = "fail_if_exists"
    DELETE_INSERT = "delete_insert"


class DestinationConfig(Document):
    """The table that rows go to; created from the template when it is absent."""

    data_source: str | None = Field(
        None,
        max_length=255,
        description="mysql and bigquery: the data source, by name or id; it is kept by its id.",
    )
    schema_name: Identifier = Field("uploads", alias="schema")
    table: Identifier
    keys: list[ColumnName] = Field(default_factory=list, description="Columns that identify a row.")
    contract: Contract = Contract.FREEZE
    upload_id_column: Identifier | None = Field(
        None, description="Column that carries the id of the row's upload."
    )

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    @property
    def place(self) -> str:
        """As people call it."""
        return f"{self.schema_name}.{self.table}"


class FileFormat(StrEnum):
    CSV = "csv"  # and TSV, in any dialect
    EXCEL = "excel"
    JSON = "json"  # an array of objects, or one object a line


class DestinationType(StrEnum):
    POSTGRESQL = "postgresql"
    MYSQL = "mysql"
    BIGQUERY = "bigquery"


class TemplateDocument(Document):
    """A whole template, as `dataviz template add` reads it and `upload_templates` keeps it."""

    name: str = Field(
        max_length=100,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9 _.\-]*$",
        description="Also the name of its folder in the inbox.",
    )
    description: str | None = None
    file_format: FileFormat
    reader_config: ReaderConfig = Field(default_factory=ReaderConfig)
    transformation_rules: TransformationRules = Field(default_factory=TransformationRules)
    validation_rules: ValidationRules
    destination_type: DestinationType = DestinationType.POSTGRESQL
    destination_config: DestinationConfig
    upload_mode: UploadMode = UploadMode.APPEND
    max_file_size_mb: int = Field(1_024, ge=1, le=1_048_576)
