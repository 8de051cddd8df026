"""`dataviz discover`: what is in a data source, and what changed in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.console import Group
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Column, Table
from sqlalchemy import Connection

from dataviz_pipelines.cli.installation import installation
from dataviz_pipelines.cli.options import HomeOption, JsonOption
from dataviz_pipelines.cli.output import errors, print_json, results
from dataviz_pipelines.core.discovery.reaching import Discovering, Wish, discover_source
from dataviz_pipelines.core.discovery.recording import Counts
from dataviz_pipelines.core.discovery.reporting import (
    NotedChange,
    RunRecord,
    known_tables,
    noted_changes,
    run_record,
    totals,
    values_shown,
)
from dataviz_pipelines.core.discovery.selection import Selection
from dataviz_pipelines.core.discovery.service import Watching
from dataviz_pipelines.core.errors import DatavizError
from dataviz_pipelines.core.models.ids import new_id
from dataviz_pipelines.core.network import network_guard
from dataviz_pipelines.core.secrets import Vault, key_source
from dataviz_pipelines.core.sources.connecting import Pools

COUNT_BUDGET_MS = 5_000
SHOWN_CHANGES = 50
commands = typer.Typer()


@commands.command()
def discover(
    source: Annotated[str, typer.Argument(help="Its name or id.")],
    *,
    include: Annotated[
        list[str] | None,
        typer.Option(help="Look at these alone: SCHEMA.TABLE or SCHEMA, * for any text."),
    ] = None,
    exclude: Annotated[
        list[str] | None, typer.Option(help="Leave these out, besides what its settings leave out.")
    ] = None,
    exact: Annotated[
        bool,
        typer.Option("--exact-counts", help="Count rows, 5 seconds a table at most."),
    ] = False,
    allow_removals: Annotated[
        bool,
        typer.Option("--allow-removals", help="Believe that most of a schema was dropped."),
    ] = False,
    tables: Annotated[
        bool, typer.Option("--tables", help="Print every table with its columns, too.")
    ] = False,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Look what is in a data source, and what changed. 1 if it could not be read."""
    wish = Wish(
        Selection(tuple(include or ()), tuple(exclude or ())),
        count_budget_ms=COUNT_BUDGET_MS if exact else None,
        allows_removals=allow_removals,
    )
    with discovering_of(home) as discovering:
        run_id = new_id()
        failure = _looked(discovering, source, wish, run_id, watched=not json)
        with discovering.database.connect() as connection:
            record = run_record(connection, run_id)
            if record is None:
                assert failure is not None  # noqa: S101  # what succeeded is on record
                raise failure
            _show(connection, record, tables=tables, json=json)
        if failure is not None:
            raise failure


@contextmanager
def discovering_of(home: Path | None) -> Iterator[Discovering]:
    with installation(home) as (settings, engine):
        pools = Pools(network_guard(settings))
        try:
            yield Discovering(engine, Vault(key_source(settings)), pools)
        finally:
            pools.close()


def _looked(
    discovering: Discovering, source: str, wish: Wish, run_id: UUID, *, watched: bool
) -> DatavizError | None:
    """What ended it early. There may be a record to show all the same."""
    try:
        with _progress(enabled=watched) as watching:
            discover_source(discovering, source, wish, run_id=run_id, watching=watching)
    except DatavizError as error:
        return error
    return None


@contextmanager
def _progress(*, enabled: bool) -> Iterator[Watching]:
    """A bar on stderr while somebody watches it."""
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=errors,
        disable=not enabled or not errors.is_terminal,
        transient=True,
    )
    with bar:
        task = bar.add_task("tables", total=None)

        def show(counts: Counts) -> None:
            done = counts.stored + counts.skipped + counts.failed
            bar.update(task, total=counts.listed, completed=done)

        yield show


def _show(connection: Connection, record: RunRecord, *, tables: bool, json: bool) -> None:
    changes = noted_changes(connection, record.id)
    known = known_tables(connection, record.source_id) if tables else None
    if json:
        document = _document(connection, record, changes)
        print_json(document if known is None else {**document, "tables": list(known)})
        return
    results.print(Group(_facts(record), *_problems(record), *_changes(changes)))
    for table in known or ():
        results.print(_table(table))


def _document(
    connection: Connection, record: RunRecord, changes: list[NotedChange]
) -> dict[str, Any]:
    return {
        "run_id": record.id,
        "source": {"id": record.source_id, "name": record.source_name},
        "status": record.status,
        "started_at": record.started_at,
        "finished_at": record.finished_at,
        "error": record.error_message,
        "counts": vars(record.counts),
        "known": totals(connection, record.source_id)._asdict(),
        "problems": [problem.model_dump(mode="json") for problem in record.problems],
        "changes": [change._asdict() for change in changes],
    }


def _facts(record: RunRecord) -> Table:
    title = f"{escape(record.source_name)}: {record.status}"
    table = Table(show_header=False, title=title, title_justify="left", min_width=len(title))
    for name, count in vars(record.counts).items():
        table.add_row(name, f"{count:,}")
    return table


def _problems(record: RunRecord) -> Iterator[Table]:
    if record.problems:
        columns = ("table", "problem", "reason", "remedy")
        table = Table(*(Column(name, overflow="fold") for name in columns))
        table.title, table.title_justify = "problems", "left"
        for each in record.problems:
            place = ".".join(part for part in (each.schema_name, each.table_name) if part)
            texts = (place, each.kind, each.reason, each.remedy or "")
            table.add_row(*(escape(text) for text in texts))
        yield table


def _changes(changes: list[NotedChange]) -> Iterator[Table]:
    if changes:
        title = f"changes, {min(len(changes), SHOWN_CHANGES)} of {len(changes)}"
        columns = ("what", "change", "breaking", "before", "after")
        table = Table(*(Column(name, overflow="fold") for name in columns))
        table.title, table.title_justify = title, "left"
        for each in changes[:SHOWN_CHANGES]:
            texts = (each.place, each.change_type, "yes" if each.is_breaking else "no")
            values = (values_shown(value) for value in (each.before, each.after))
            table.add_row(*(escape(text) for text in (*texts, *values)))
        yield table


def _table(known: dict[str, Any]) -> Table:
    rows = "unknown" if known["row_count"] is None else f"{known['row_count']:,}"
    title = f"{known['schema_name']}.{known['table_name']} ({known['table_type']}, {rows} rows, {known['row_count_kind']})"
    table = Table("column", "type", "kind", "NULL", "key", title_justify="left")
    table.title = escape(title)
    for column in known["columns"]:
        keys = [name for name in ("primary", "foreign") if column[f"is_{name}_key"]]
        texts = (
            column["column_name"],
            column["native_type"] or column["data_type"],
            column["normalized_type"],
            "yes" if column["is_nullable"] else "no",
            ", ".join(keys),
        )
        table.add_row(*(escape(text) for text in texts))
    return table
