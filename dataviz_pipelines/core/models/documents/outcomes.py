"""What became of a file: the JSON columns of `upload_history` and `rejected_rows`."""

from enum import StrEnum
from uuid import UUID

from pydantic import Field

from dataviz_pipelines.core.models.documents.document import Document


class RowError(Document):
    """One reason why a row was rejected."""

    column: str | None = None
    rule: str
    value: str | None = None
    message: str


class ReasonCount(Document):
    column: str | None
    rule: str
    count: int


class DetectedSetting(Document):
    value: str | int | None
    confidence: float
    pinned: bool


class ChangeKind(StrEnum):
    INSERT = "insert"
    UPDATE = "update"
    DELETE = "delete"


class RowChange(Document):
    """A row of the destination, its values as text: before an update or a deletion, after an update or an insertion."""

    kind: ChangeKind
    before: dict[str, str | None] | None = None
    after: dict[str, str | None] | None = None


class TakenFrom(Document):
    """Where a job found a file, so that it does not take it again. `place` is a hash, for URLs may hold a key; `version` is its
    ETag, or its size and when it was changed."""

    place: str
    version: str


class UploadDetails(Document):
    """What `upload_history.details` keeps about a file beyond its counts."""

    detected: dict[str, DetectedSetting] = Field(default_factory=dict)
    columns: list[tuple[str, str]] = Field(
        default_factory=list, description="Loaded columns: name and type in a table made of them."
    )
    descriptions: dict[str, str] = Field(
        default_factory=dict, description="What the template says of its columns, by their names."
    )
    source_columns: list[str] = Field(default_factory=list)
    warnings: list[str] = Field(default_factory=list)
    top_reasons: list[ReasonCount] = Field(default_factory=list)
    preview: list[list[str | None]] = Field(
        default_factory=list, description="The first accepted rows, as text."
    )
    changes: list[RowChange] = Field(
        default_factory=list, description="Of a dry run: the first changes of each kind."
    )
    data_source: UUID | None = Field(
        None, description="Where the table is, if not in the platform's own database."
    )
    destination: str | None = None
    upload_id_column: str | None = Field(
        None, description="Column of the destination that names the upload of each row."
    )
    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    deleted: int = 0
    removed: int = Field(0, description="Rows that undoing the upload took out.")
    taken_from: TakenFrom | None = Field(None, description="Where a job found the file.")


class Stage(StrEnum):
    READING = "reading"  # records are read, checked and sent to the database
    WRITING = "writing"  # the database compares them with what it has, and takes them over


class UploadProgress(Document):
    """Where a load stands. Bytes are those of the file; a packed or binary one may report them only at its end."""

    stage: Stage
    bytes_done: int
    bytes_total: int
    rows_accepted: int
    rows_rejected: int
