"""What a person sees of one file in the Dagster UI."""

import dagster as dg

from dataviz_pipelines.assets.markdown import markdown_table
from dataviz_pipelines.core.ingestion.store import UploadRecord
from dataviz_pipelines.core.models.documents.outcomes import UploadDetails
from dataviz_pipelines.core.models.uploads import UploadStatus


def file_event(
    asset: dg.AssetKey, record: UploadRecord
) -> dg.AssetMaterialization | dg.AssetObservation:
    """A file whose rows are in the table is a materialization; one that loaded nothing is an observation that says why."""
    loaded = record.status is UploadStatus.SUCCEEDED
    kind = dg.AssetMaterialization if loaded else dg.AssetObservation
    metadata = _facts(record) | (_content(record.details) if loaded else {})
    return kind(asset, partition=record.template, metadata=metadata, description=_summary(record))


def _summary(record: UploadRecord) -> str:
    if record.status is not UploadStatus.SUCCEEDED:
        return record.error_message or f"{record.file_name}: {record.status.value}"
    loaded = f"{record.file_name}: {record.records_success:,} rows loaded"
    return f"{loaded}, {record.records_failed:,} rejected" if record.records_failed else loaded


def _facts(record: UploadRecord) -> dict[str, dg.MetadataValue]:
    facts: dict[str, dg.MetadataValue] = {
        "file": dg.MetadataValue.text(record.file_name),
        "upload_id": dg.MetadataValue.text(str(record.id)),
        "status": dg.MetadataValue.text(record.status.value),
        "size_bytes": dg.MetadataValue.int(record.file_size_bytes),
        "rows_processed": dg.MetadataValue.int(record.records_processed),
        "rows_loaded": dg.MetadataValue.int(record.records_success),
        "rows_rejected": dg.MetadataValue.int(record.records_failed),
        "reject_rate": dg.MetadataValue.float(round(reject_rate(record), 6)),
        "duration_s": dg.MetadataValue.float((record.processing_time_ms or 0) / 1000),
        "attempt": dg.MetadataValue.int(record.attempt),
    }
    optional = {
        "sha256": record.file_hash,
        "error": record.error_message,
        "duplicate_of": None if record.duplicate_of_id is None else str(record.duplicate_of_id),
    }
    facts |= {name: dg.MetadataValue.text(value) for name, value in optional.items() if value}
    if record.details.removed:
        facts["rows_removed"] = dg.MetadataValue.int(record.details.removed)
    if record.stored_path:
        facts["stored_at"] = dg.MetadataValue.path(record.stored_path)
    if record.reject_path:
        facts["reject_file"] = dg.MetadataValue.path(record.reject_path)
    return facts


def _content(details: UploadDetails) -> dict[str, dg.MetadataValue]:
    schema = dg.TableSchema(
        columns=[
            dg.TableColumn(name, kind, details.descriptions.get(name))
            for name, kind in details.columns
        ]
    )
    content: dict[str, dg.MetadataValue] = {
        "dagster/row_count": dg.MetadataValue.int(
            details.inserted + details.updated + details.unchanged
        ),
        "dagster/column_schema": dg.MetadataValue.table_schema(schema),
        "preview": dg.MetadataValue.md(
            markdown_table([name for name, _ in details.columns], details.preview)
        ),
    }
    if details.destination:
        content["dagster/table_name"] = dg.MetadataValue.text(details.destination)
    if details.top_reasons:
        reasons = [
            [reason.column, reason.rule, str(reason.count)] for reason in details.top_reasons
        ]
        content["top_reasons"] = dg.MetadataValue.md(
            markdown_table(["column", "rule", "rows"], reasons)
        )
    if details.warnings:
        content["warnings"] = dg.MetadataValue.md(
            "\n".join(f"- {text}" for text in details.warnings)
        )
    return content


def reject_rate(record: UploadRecord) -> float:
    return record.records_failed / record.records_processed if record.records_processed else 0.0
