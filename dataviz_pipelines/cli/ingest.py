"""`dataviz ingest`: load one file now, and see at once which rows are in and why the others are not."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.console import Group
from rich.markup import escape
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from dataviz_pipelines.cli.installation import installation
from dataviz_pipelines.cli.options import HomeOption, JsonOption
from dataviz_pipelines.cli.output import errors, print_json, results
from dataviz_pipelines.core.errors import InvalidInputError
from dataviz_pipelines.core.ingestion import loading
from dataviz_pipelines.core.ingestion.context import Ingestion
from dataviz_pipelines.core.ingestion.refusals import Loaded
from dataviz_pipelines.core.ingestion.service import (
    dry_run,
    first_rejects,
    load_upload,
    read_upload,
    register_upload,
)
from dataviz_pipelines.core.ingestion.store import UploadRecord
from dataviz_pipelines.core.ingestion.templates import get_template
from dataviz_pipelines.core.ingestion.transforms import load_transforms
from dataviz_pipelines.core.models.documents.outcomes import UploadProgress
from dataviz_pipelines.core.models.uploads import UploadSource

SHOWN_REJECTS = 10
commands = typer.Typer()


@commands.command()
def ingest(
    file: Annotated[Path | None, typer.Argument(dir_okay=False, help="The file to load.")] = None,
    *,
    template: Annotated[
        str | None, typer.Option("--template", "-t", help="The template's name.")
    ] = None,
    upload: Annotated[
        UUID | None, typer.Option("--upload", help="Load this earlier upload again instead.")
    ] = None,
    dry: Annotated[
        bool, typer.Option("--dry-run", help="Show what would happen; change nothing.")
    ] = False,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Load a file through a template. The same file a second time is noticed and loads nothing."""
    if (file is None or template is None) == (upload is None):
        raise typer.BadParameter("Give FILE and --template, or --upload.")
    with ingestion_of(home) as ingestion:
        if dry and file is not None and template is not None:
            _show_dry_run(_dry_run(ingestion, file, template), json=json)
            return
        upload_id = upload or _register(ingestion, file, template)
        try:
            with _progress(enabled=not json) as watching:
                load_upload(ingestion, upload_id, watching=watching)
        finally:
            _show(ingestion, upload_id, json=json)


@contextmanager
def ingestion_of(home: Path | None) -> Iterator[Ingestion]:
    with installation(home) as (settings, engine):
        functions = load_transforms(settings.transform_module_names)
        yield Ingestion.of(engine, settings, functions)


def _register(ingestion: Ingestion, file: Path | None, template: str | None) -> UUID:
    if file is None or template is None:
        raise InvalidInputError("There is no file to load.")
    with ingestion.engine.begin() as connection:
        stored = get_template(connection, template)
    return register_upload(ingestion, stored, file.resolve(), source=UploadSource.CLI)


def _dry_run(ingestion: Ingestion, file: Path, template: str) -> Loaded:
    with ingestion.engine.begin() as connection:
        stored = get_template(connection, template)
    return dry_run(ingestion, stored, file.resolve())


@contextmanager
def _progress(*, enabled: bool) -> Iterator[loading.Watching]:
    """A bar on stderr while somebody watches it."""
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TextColumn("{task.fields[rows]:,} rows, {task.fields[rejected]:,} rejected"),
        TimeElapsedColumn(),
        console=errors,
        disable=not enabled or not errors.is_terminal,
        transient=True,
    )
    with bar:
        task = bar.add_task("loading", total=None, rows=0, rejected=0)

        def show(progress: UploadProgress) -> None:
            bar.update(
                task,
                total=progress.bytes_total,
                completed=progress.bytes_done,
                rows=progress.rows_accepted,
                rejected=progress.rows_rejected,
            )

        yield loading.Watching(on_progress=show)


def _show(ingestion: Ingestion, upload_id: UUID, *, json: bool) -> None:
    record = read_upload(ingestion, upload_id)
    if json:
        print_json(record_as_json(record))
        return
    results.print(Group(_facts(record), *_rejects(ingestion, record)))


def record_as_json(record: UploadRecord) -> dict[str, Any]:
    """The names of `upload_history`'s columns; times are ISO 8601 in UTC."""
    values: dict[str, Any] = {**vars(record), "details": record.details.model_dump(mode="json")}
    return {
        name: value if isinstance(value, int | dict | None) else str(value)
        for name, value in values.items()
    }


def _facts(record: UploadRecord) -> Table:
    details = record.details
    table = Table(
        show_header=False,
        title=f"{escape(record.file_name)}: {record.status.value}",
        title_justify="left",
    )
    table.add_row("upload", str(record.id))
    table.add_row("template", escape(record.template))
    table.add_row("table", escape(details.destination or "none"))
    table.add_row("rows", f"{record.records_processed:,}")
    table.add_row(
        "loaded",
        f"{record.records_success:,}{_changes(details.updated, details.unchanged, details.deleted)}",
    )
    table.add_row("rejected", f"{record.records_failed:,}")
    if record.reject_path:
        table.add_row("rejects", escape(record.reject_path))
    if record.processing_time_ms is not None:
        table.add_row("took", f"{record.processing_time_ms / 1000:.2f} s")
    if record.duplicate_of_id:
        table.add_row("same content as", str(record.duplicate_of_id))
    for warning in details.warnings:
        table.add_row("warning", escape(warning))
    return table


def _changes(updated: int, unchanged: int, deleted: int) -> str:
    parts = [
        f"{count:,} {what}"
        for count, what in (
            (updated, "updated"),
            (unchanged, "as before"),
            (deleted, "deleted before"),
        )
        if count
    ]
    return f" ({', '.join(parts)})" if parts else ""


def _rejects(ingestion: Ingestion, record: UploadRecord) -> list[Table]:
    rejects = first_rejects(ingestion, record.id, limit=SHOWN_REJECTS)
    return [rejects_table(rejects)] if rejects else []


def rejects_table(rejects: Sequence[tuple[int, list[Any], list[Any]]]) -> Table:
    """One line for each reason of each row."""
    table = Table(
        *("line", "column", "rule", "value", "message"),
        title="first rejected rows",
        title_justify="left",
    )
    for line, errors_of_row, _ in rejects:
        for error in errors_of_row:
            texts = (error["column"], error["rule"], (error["value"] or "")[:40], error["message"])
            table.add_row(str(line), *(escape(text or "") for text in texts))
    return table


def _show_dry_run(loaded: Loaded, *, json: bool) -> None:
    details = loaded.details
    facts: dict[str, Any] = {
        "dry_run": True,
        "records_processed": loaded.accepted + loaded.rejected,
        "records_success": loaded.accepted,
        "records_failed": loaded.rejected,
        "details": details.model_dump(mode="json"),
    }
    if json:
        print_json(facts)
        return
    changes = _changes(details.updated, details.unchanged, details.deleted)
    results.print(
        f"Would load {loaded.accepted:,} rows into {details.destination}{changes} and reject {loaded.rejected:,}. "
        "Nothing was changed.",
        markup=False,
    )
    for reason in details.top_reasons:
        results.print(
            f"  {reason.count:,} rows, {reason.column or 'row'}: {reason.rule}", markup=False
        )
