"""What must hold of every file, and what should: the asset checks of a batch."""

from collections.abc import Iterator, Sequence

import dagster as dg
from sqlalchemy import Engine

from dataviz_pipelines.assets.upload_events import reject_rate
from dataviz_pipelines.core.ingestion.quality import changed_headers, rates_above_warning
from dataviz_pipelines.core.ingestion.store import UploadRecord
from dataviz_pipelines.core.models.uploads import UploadStatus

FINE = frozenset({UploadStatus.SUCCEEDED, UploadStatus.DUPLICATE})

CHECKS = [
    dg.AssetCheckSpec(
        "counts_add_up",
        asset="uploads",
        blocking=True,
        description="Of every file, rows processed = rows loaded + rows rejected, and the table took all of them.",
    ),
    dg.AssetCheckSpec(
        "files_loaded",
        asset="uploads",
        description="No file was refused as a whole, or could not be read.",
    ),
    dg.AssetCheckSpec(
        "reject_rate",
        asset="uploads",
        description="No file has more rejected rows than its template's warn_reject_rate. (Above max_reject_rate nothing "
        "of a file is loaded.)",
    ),
    dg.AssetCheckSpec(
        "schema_drift",
        asset="uploads",
        description="Every file has the columns that the file before it had.",
    ),
]


def check_results(
    engine: Engine, asset: dg.AssetKey, records: Sequence[UploadRecord]
) -> Iterator[dg.AssetCheckResult]:
    loaded = [record for record in records if record.status is UploadStatus.SUCCEEDED]
    yield _result(asset, "counts_add_up", _miscounted(loaded), dg.AssetCheckSeverity.ERROR)
    refused = {
        r.file_name: r.error_message or r.status.value for r in records if r.status not in FINE
    }
    yield _result(asset, "files_loaded", refused, dg.AssetCheckSeverity.ERROR)
    with engine.begin() as connection:
        above = {
            r.file_name: f"{reject_rate(r):.2%}" for r in rates_above_warning(connection, loaded)
        }
        drift = changed_headers(connection, loaded)
    yield _result(asset, "reject_rate", above, dg.AssetCheckSeverity.WARN)
    yield _result(asset, "schema_drift", drift, dg.AssetCheckSeverity.WARN)


def check_evaluations(
    engine: Engine, asset: dg.AssetKey, records: Sequence[UploadRecord]
) -> Iterator[dg.AssetCheckEvaluation]:
    """The same of uploads that no run has loaded."""
    judged = [record for record in records if record.status is not UploadStatus.UNDONE]
    for result in check_results(engine, asset, judged) if judged else ():
        yield dg.AssetCheckEvaluation(
            asset_key=asset,
            check_name=result.check_name or "",
            passed=result.passed,
            metadata=result.metadata,
            severity=result.severity,
        )


def _miscounted(loaded: Sequence[UploadRecord]) -> dict[str, str]:
    wrong: dict[str, str] = {}
    for record in loaded:
        details = record.details
        in_table = details.inserted + details.updated + details.unchanged
        if (
            record.records_processed != record.records_success + record.records_failed
            or in_table != record.records_success
        ):
            wrong[record.file_name] = (
                f"{record.records_processed} processed, {record.records_success} loaded, "
                f"{record.records_failed} rejected, {in_table} in the table"
            )
    return wrong


def _result(
    asset: dg.AssetKey, name: str, found: dict[str, str], severity: dg.AssetCheckSeverity
) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        asset_key=asset,
        check_name=name,
        passed=not found,
        severity=severity,
        metadata={
            "files": len(found),
            **{f"file: {file}": text for file, text in list(found.items())[:20]},
        },
    )
