"""`dataviz query`: asks a data source, as whoever operates the platform."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from pydantic import JsonValue
from rich.markup import escape
from rich.table import Table
from sqlalchemy import Engine

from dataviz_pipelines.cli.installation import installation
from dataviz_pipelines.cli.options import HomeOption, JsonOption
from dataviz_pipelines.cli.output import errors, print_json, results
from dataviz_pipelines.core.network import network_guard
from dataviz_pipelines.core.queries.exporting import to_csv
from dataviz_pipelines.core.queries.parameters import parse_parameters
from dataviz_pipelines.core.queries.results import Result
from dataviz_pipelines.core.queries.service import Asked, Platform, Question, run_query
from dataviz_pipelines.core.queries.watching import Watch
from dataviz_pipelines.core.secrets import Vault, key_source
from dataviz_pipelines.core.settings import Settings
from dataviz_pipelines.core.sources.connecting import Pools
from dataviz_pipelines.core.sources.service import find_source

commands = typer.Typer()


@commands.command()
def query(
    source: Annotated[str, typer.Argument(help="The data source's name or id.")],
    sql: Annotated[str, typer.Argument(help="A statement that only reads; - reads it from stdin.")],
    *,
    param: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME[:TYPE]=VALUE",
            help="The value of :NAME, text unless a type is given (integer, decimal, float, boolean, date, datetime, "
            "timestamp). Given again, it is a list for IN.",
        ),
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Rows to take at most.")] = None,
    csv: Annotated[
        bool, typer.Option("--csv", help="Print CSV, safe to open in spreadsheets.")
    ] = False,
    no_cache: Annotated[
        bool, typer.Option("--no-cache", help="Ask the source, whatever is known.")
    ] = False,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Ask a data source. Nothing is changed there."""
    if json and csv:
        raise typer.BadParameter("choose --json or --csv")
    text = sys.stdin.read() if sql == "-" else sql
    given = parse_parameters(_parameters(param or []))
    asked = Asked(parameters=given, max_rows=limit, use_cache=not no_cache)
    with installation(home) as (settings, engine), querying(settings, engine) as platform:
        with engine.connect() as connection:
            found = find_source(connection, source)
        result = run_query(platform, None, Question(found.id, text), asked)
    if json:
        print_json(result.document())
    elif csv:
        sys.stdout.buffer.write(to_csv(result.table))
    else:
        _print(result)


@contextmanager
def querying(settings: Settings, engine: Engine) -> Iterator[Platform]:
    pools = Pools(network_guard(settings))
    try:
        yield Platform(engine, pools, Vault(key_source(settings)), Watch(engine))
    finally:
        pools.close()


def _parameters(given: list[str]) -> dict[str, JsonValue]:
    found: dict[str, tuple[str, list[JsonValue]]] = {}
    for each in given:
        name, is_there, value = each.partition("=")
        name, _, kind = name.partition(":")
        if not is_there or not name:
            raise typer.BadParameter(f"{each!r} is not NAME=VALUE", param_hint="--param")
        values = found.get(name, ("", []))[1]
        found[name] = (kind or "string", [*values, value])
    return {
        name: {"type": kind, "value": values[0] if len(values) == 1 else values}
        for name, (kind, values) in found.items()
    }


def _print(result: Result) -> None:
    table = Table(*(escape(column.name) for column in result.table.columns))
    for row in result.table.rows:
        table.add_row(*("" if value is None else escape(str(value)) for value in row))
    results.print(table)
    more = ", and there are more" if result.table.truncated else ""
    how = "from the cache" if result.cached_at else f"in {result.elapsed_ms} ms"
    errors.print(f"{len(result.table.rows):,} rows {how}{more}.", highlight=False)
    for warning in result.table.warnings:
        errors.print(f"[yellow]![/] {escape(warning)}", soft_wrap=True, highlight=False)
