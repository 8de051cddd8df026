"""How a file compares with its template's wishes and with the file before it."""

from collections.abc import Sequence

from sqlalchemy import Connection

from dataviz_pipelines.core.ingestion.store import UploadRecord, previous_headers
from dataviz_pipelines.core.ingestion.templates import get_template_by_id


def rates_above_warning(
    connection: Connection, records: Sequence[UploadRecord]
) -> list[UploadRecord]:
    """Those with a greater share of rejected rows than their template's warn_reject_rate."""
    limits = {
        template_id: get_template_by_id(connection, template_id).document.validation_rules.file
        for template_id in {record.template_id for record in records}
    }
    return [
        record
        for record in records
        if record.records_failed
        > limits[record.template_id].warn_reject_rate * record.records_processed
    ]


def changed_headers(connection: Connection, records: Sequence[UploadRecord]) -> dict[str, str]:
    """File names with what is new or gone against the file of the same template that was loaded before."""
    changes: dict[str, str] = {}
    for record in records:
        before = previous_headers(connection, record.template_id, record.id)
        now = record.details.source_columns
        if before is None or before == now:
            continue
        new = [name for name in now if name not in before]
        gone = [name for name in before if name not in now]
        parts = [
            f"{what}: {', '.join(names)}" for what, names in (("new", new), ("gone", gone)) if names
        ]
        changes[record.file_name] = "; ".join(parts) or "the same columns in another order"
    return changes
