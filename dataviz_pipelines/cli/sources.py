"""`dataviz sources`: databases that the platform reads."""

from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from dataviz_pipelines.cli.installation import installation
from dataviz_pipelines.cli.options import HomeOption, JsonOption
from dataviz_pipelines.cli.output import errors, print_json, results
from dataviz_pipelines.cli.query import querying
from dataviz_pipelines.core.network import network_guard
from dataviz_pipelines.core.queries.checking import check_saved_queries
from dataviz_pipelines.core.queries.trying import try_source
from dataviz_pipelines.core.secrets import Vault, key_source
from dataviz_pipelines.core.sources import store
from dataviz_pipelines.core.sources.by_hand import (
    add_source,
    parse_connection,
    reconnect,
    switch,
)
from dataviz_pipelines.core.sources.service import find_source
from dataviz_pipelines.core.sources.trying import Trial

commands = typer.Typer()
sources = typer.Typer(no_args_is_help=True, help="Databases that the platform reads.")
commands.add_typer(sources, name="sources")

SourceArgument = Annotated[str, typer.Argument(help="Its name or id.")]
FileArgument = Annotated[
    typer.FileText,
    typer.Argument(help="How it is connected, as JSON; - reads it from stdin."),
]


@sources.command()
def add(
    name: Annotated[str, typer.Argument(help="What people call it.")],
    file: FileArgument,
    *,
    query: Annotated[
        str | None, typer.Option("--test-query", help="What a test runs. [default: SELECT 1]")
    ] = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Make a data source. Its password is sealed; nothing is connected to yet."""
    asked = parse_connection(file.read())
    with installation(home) as (settings, engine), engine.begin() as connection:
        vault = Vault(key_source(settings))
        made = add_source(connection, name, asked, vault=vault, query=query)
    if json:
        print_json({"id": made.id, "name": made.name, "connection_type": made.connection_type})
    else:
        results.print(f"Data source {made.name!r} is there. Test it next.", markup=False)


@sources.command("list")
def list_(*, home: HomeOption = None, json: JsonOption = False) -> None:
    """All of them, by name, and what the last test said."""
    with installation(home) as (_, engine), engine.connect() as connection:
        found = store.listed(connection)
    if json:
        print_json([vars(each) for each in found])
        return
    table = Table("name", "type", "active", "test", "reason", "tested at")
    for each in found:
        table.add_row(
            escape(each.name),
            each.connection_type,
            "yes" if each.is_active else "no",
            each.test_status,
            each.test_reason or "",
            str(each.last_tested_at or ""),
        )
    results.print(table)


@sources.command("test")
def try_(source: SourceArgument, *, home: HomeOption = None, json: JsonOption = False) -> None:
    """Connect and run its test query; 1 if it does not answer, with the reason."""
    with installation(home) as (settings, engine):
        with engine.connect() as connection:
            stored = find_source(connection, source)
        trial = try_source(stored, Vault(key_source(settings)), network_guard(settings))
        with engine.begin() as connection:
            store.note_trial(connection, stored, trial)
    if json:
        print_json({"name": stored.name, "is_ok": trial.is_ok, **vars(trial)})
    else:
        _print(trial)
    raise typer.Exit(0 if trial.is_ok else 1)


@sources.command()
def change(
    source: SourceArgument,
    file: FileArgument,
    *,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Connect it in another way, such as with a new password. One that is left out is kept, if nobody else would get it."""
    asked = parse_connection(file.read())
    with installation(home) as (settings, engine), engine.begin() as connection:
        changed = reconnect(connection, source, asked, vault=Vault(key_source(settings)))
    if json:
        print_json({"id": changed.id, "name": changed.name})
    else:
        results.print(f"{changed.name!r} is connected in another way. Test it next.", markup=False)


@sources.command()
def disable(source: SourceArgument, *, home: HomeOption = None, json: JsonOption = False) -> None:
    """Let nothing connect to it any more, until it is enabled."""
    _switch(source, home, json=json, on=False)


@sources.command()
def enable(source: SourceArgument, *, home: HomeOption = None, json: JsonOption = False) -> None:
    """Let it be used again."""
    _switch(source, home, json=json, on=True)


@sources.command("check-queries")
def check_queries(
    source: SourceArgument, *, home: HomeOption = None, json: JsonOption = False
) -> None:
    """Whether its saved queries still fit it, without reading any data; 1 if one does not."""
    with installation(home) as (settings, engine), querying(settings, engine) as platform:
        with engine.connect() as connection:
            stored = find_source(connection, source)
        found = check_saved_queries(platform, None, stored.id)
    if json:
        print_json([{**vars(each), "is_ok": each.is_ok} for each in found])
    else:
        table = Table("saved query", "id", "works", "why not")
        for each in found:
            works = "yes" if each.is_ok else "no"
            table.add_row(
                escape(each.name), str(each.saved_query_id), works, escape(each.message or "")
            )
        results.print(table)
    raise typer.Exit(0 if all(each.is_ok for each in found) else 1)


def _switch(source: str, home: HomeOption, *, json: bool, on: bool) -> None:
    with installation(home) as (_, engine), engine.begin() as connection:
        changed = switch(connection, source, on=on)
    if json:
        print_json({"id": changed.id, "name": changed.name, "is_active": on})
    else:
        results.print(f"{changed.name!r} is {'enabled' if on else 'disabled'}.", markup=False)


def _print(trial: Trial) -> None:
    if trial.is_ok:
        results.print(f"{trial.server_version} answered in {trial.elapsed_ms} ms.", highlight=False)
        for warning in trial.warnings:
            errors.print(f"[yellow]![/] {escape(warning)}", soft_wrap=True, highlight=False)
    else:
        errors.print(f"{trial.reason}: {trial.said}", markup=False, soft_wrap=True)
