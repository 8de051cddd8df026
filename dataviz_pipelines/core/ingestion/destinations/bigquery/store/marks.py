"""The table of marks, one in each dataset that is loaded into. A mark is first noted, and counts once it is committed with
the rows; that commit changes the table, so that of two at once BigQuery aborts one."""

from typing import Any, Final
from uuid import UUID

from google.cloud.bigquery import ScalarQueryParameter, SchemaField
from google.cloud.bigquery import Table as DriverTable

from dataviz_pipelines.core.ingestion.destinations.base import Mark
from dataviz_pipelines.core.ingestion.destinations.bigquery.errors import CHANGED, MARKED
from dataviz_pipelines.core.ingestion.destinations.bigquery.jobs import Jobs
from dataviz_pipelines.core.ingestion.destinations.bigquery.store.names import (
    Table,
    identifier,
    literal,
)
from dataviz_pipelines.core.ingestion.destinations.bigquery.store.writing import (
    ended_unless,
    transaction,
)
from dataviz_pipelines.core.models.documents.outcomes import UploadDetails

NAME: Final = "dataviz_uploads"
_TYPES: Final = {
    "upload_id": "STRING",
    "attempt": "STRING",
    "template_id": "STRING",
    "file_hash": "STRING",
    "accepted": "INT64",
    "rejected": "INT64",
    "details": "STRING",
    "is_committed": "BOOL",
    "noted_at": "TIMESTAMP",
}


def marks_table(dataset: str) -> Table:
    return Table(dataset, NAME)


def note(jobs: Jobs, marks: Table, mark: Mark, *, attempt: str) -> None:
    fields = [SchemaField(name, data_type, "REQUIRED") for name, data_type in _TYPES.items()]
    made = DriverTable(jobs.reference(marks), schema=fields)
    made.description = (
        "What DataViz Pipelines has loaded into this dataset. Loading twice is prevented by it."
    )
    jobs.create(made, exists_ok=True)
    values: dict[str, str | int] = {
        "upload_id": str(mark.upload_id),
        "attempt": attempt,
        "template_id": str(mark.template_id),
        "file_hash": mark.file_hash,
        "accepted": mark.accepted,
        "rejected": mark.rejected,
        "details": mark.details.model_dump_json(),
    }
    jobs.rows(
        f"INSERT INTO {marks.quoted} ({', '.join(_TYPES)}) "
        f"VALUES ({', '.join(f'@{name}' for name in values)}, FALSE, CURRENT_TIMESTAMP())",
        [ScalarQueryParameter(name, _TYPES[name], value) for name, value in values.items()],
    )


def committing(marks: Table, mark: Mark, *, attempt: str, is_replacing: bool) -> list[str]:
    """For the transaction of the rows. A replacement takes away what the template's other marks speak of, so that the same
    content may come again."""
    own = f"upload_id = {literal(mark.upload_id)}"
    same = f"template_id = {literal(mark.template_id)} AND file_hash = {literal(mark.file_hash)}"
    earlier = f"SELECT 1 FROM {marks.quoted} WHERE is_committed AND ({own} OR ({same}))"
    others = f"DELETE FROM {marks.quoted} WHERE template_id = {literal(mark.template_id)} AND NOT ({own})"
    return [
        *([others] if is_replacing else []),
        ended_unless(f"NOT EXISTS ({earlier})", MARKED),
        f"UPDATE {marks.quoted} SET is_committed = TRUE WHERE {own} AND attempt = {literal(attempt)}",
        f"DELETE FROM {marks.quoted} WHERE {own} AND NOT is_committed",
    ]


def find(jobs: Jobs, marks: Table, upload_id: UUID) -> Mark | None:
    rows = _found(jobs, marks, f"upload_id = {literal(upload_id)}")
    return _mark(rows[0]) if rows else None


def find_content(jobs: Jobs, marks: Table, mark: Mark) -> UUID | None:
    """Whose mark the content bears."""
    rows = _found(
        jobs,
        marks,
        f"template_id = {literal(mark.template_id)} AND file_hash = {literal(mark.file_hash)}",
    )
    return UUID(rows[0][0]) if rows else None


def forgetting(marks: Table, upload_id: UUID) -> str:
    return f"DELETE FROM {marks.quoted} WHERE upload_id = {literal(upload_id)}"


def undoing(jobs: Jobs, table: Table, column: str, upload_id: UUID) -> tuple[int, str]:
    """How many rows of the table bear the upload's id, and the transaction that takes out just these, and the mark."""
    own = f"FROM {table.quoted} WHERE {identifier(column)} = {literal(upload_id)}"
    number = jobs.number(f"SELECT COUNT(*) {own}")
    script = transaction(
        [
            ended_unless(f"(SELECT COUNT(*) {own}) = {number}", CHANGED),
            f"DELETE {own}",
            forgetting(marks_table(table.dataset), upload_id),
        ]
    )
    return number, script


def _found(jobs: Jobs, marks: Table, condition: str) -> list[tuple[Any, ...]]:
    if jobs.table(marks) is None:
        return []
    return jobs.rows(
        "SELECT upload_id, template_id, file_hash, accepted, rejected, details "
        f"FROM {marks.quoted} WHERE is_committed AND {condition}"
    )


def _mark(row: tuple[Any, ...]) -> Mark:
    upload_id, template_id, file_hash, accepted, rejected, details = row
    return Mark(
        upload_id=UUID(upload_id),
        template_id=UUID(template_id),
        file_hash=file_hash,
        accepted=accepted,
        rejected=rejected,
        details=UploadDetails.model_validate_json(details),
    )
