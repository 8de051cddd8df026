"""`dataviz profile`: what the values of a data source's columns look like."""

from collections.abc import Iterator
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from dataviz_pipelines.cli.installation import installation
from dataviz_pipelines.cli.options import HomeOption, JsonOption
from dataviz_pipelines.cli.output import errors, print_json, results
from dataviz_pipelines.cli.query import querying
from dataviz_pipelines.core.profiling.service import (
    MOST_ROWS,
    ROWS,
    Failure,
    TableProfile,
    profile_tables,
)
from dataviz_pipelines.core.profiling.store import Profile
from dataviz_pipelines.core.sources.service import find_source

commands = typer.Typer()


@commands.command()
def profile(
    source: Annotated[str, typer.Argument(help="The data source's name or id.")],
    *,
    table: Annotated[
        list[str] | None,
        typer.Option(metavar="SCHEMA.TABLE", help="This one alone; can be given again."),
    ] = None,
    rows: Annotated[
        int, typer.Option(min=1, max=MOST_ROWS, help="Rows to read of each table at most.")
    ] = ROWS,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Read a sample of discovered tables, and tell what their columns hold. 1 if a table could not be read."""
    profiled: list[TableProfile] = []
    failed: list[Failure] = []
    with installation(home) as (settings, engine), querying(settings, engine) as platform:
        with engine.connect() as connection:
            found = find_source(connection, source)
        for each in profile_tables(platform, found.id, only=table or (), rows=rows):
            if isinstance(each, Failure):
                failed.append(each)
            else:
                profiled.append(each)
            if not json:
                _print(each)
    if json:
        tables = [each.document() for each in profiled]
        print_json({"tables": tables, "failed": [_failure(each) for each in failed]})
    if failed:
        raise typer.Exit(1)


def _failure(failure: Failure) -> dict[str, Any]:
    return {
        "table_id": failure.table_id,
        "table": failure.place,
        "reason": failure.error.message,
        "remedy": failure.error.remedy,
    }


def _print(found: TableProfile | Failure) -> None:
    if isinstance(found, Failure):
        errors.print(f"[bold red]Error:[/] {escape(str(found.error))}")
        return
    shown = Table("column", "type", "NULL", "distinct", "min", "max", "most frequent", "personal")
    shown.title, shown.title_justify = escape(f"{found.table.place}: {_read(found)}"), "left"
    for each in found.columns:
        shown.add_row(*(escape(text) for text in _cells(each)))
    results.print(shown)


def _read(found: TableProfile) -> str:
    first = found.columns[0]
    whole = "all" if first.is_exact else "a sample of"
    return f"{whole} {first.sampled_rows:,} rows"


def _cells(profile: Profile) -> Iterator[str]:
    yield profile.column_name
    yield profile.native_type
    yield "" if profile.null_fraction is None else f"{profile.null_fraction:.1%}"
    yield _distinct(profile)
    yield profile.min_value or ""
    yield profile.max_value or ""
    yield ", ".join(f"{each['value']} ({each['count']:,})" for each in profile.top_values or ())
    yield profile.personal_reason or ""


def _distinct(profile: Profile) -> str:
    """`~`: of the whole table, estimated; `>=`: only in the sample, and the table's rows are not known."""
    if profile.sampled_distinct is None:
        return ""
    if profile.is_exact:
        return f"{profile.sampled_distinct:,}"
    if profile.distinct_estimate is None:
        return f">= {profile.sampled_distinct:,}"
    return f"~ {profile.distinct_estimate:,}"
