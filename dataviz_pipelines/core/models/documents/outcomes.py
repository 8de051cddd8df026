"""What became of a file: the JSON columns of `upload_history` and `rejected_rows`."""

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


class UploadDetails(Document):
    """What `upload_history.details` keeps about a file beyond its counts."""

    detected: dict[str, DetectedSetting] = Field(default_factory=dict)
    columns: list[tuple[str, str]] = Field(
        default_factory=list, description="Loaded columns: name and PostgreSQL type."
    )
    source_columns: list[str] = Field(default_factory=list)
    warnings: list[str] = Field(default_factory=list)
    top_reasons: list[ReasonCount] = Field(default_factory=list)
    preview: list[list[str | None]] = Field(
        default_factory=list, description="The first accepted rows, as text."
    )
    destination: str | None = None
    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    deleted: int = 0
