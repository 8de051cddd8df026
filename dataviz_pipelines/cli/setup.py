"""`dataviz setup`: create, repair and check the schema."""

from dataclasses import asdict
from typing import Annotated, Literal

import typer

from dataviz_pipelines.cli.options import HomeOption, JsonOption, load_settings
from dataviz_pipelines.cli.output import errors, print_json, results
from dataviz_pipelines.core.schema.service import (
    Drift,
    SetupReport,
    schema_ddl,
    set_up,
    verify,
)
from dataviz_pipelines.local.postgres import database

commands = typer.Typer()


@commands.command()
def setup(
    *,
    home: HomeOption = None,
    full: Annotated[bool, typer.Option("--full", help="Migrate, create the role, seed.")] = False,
    schema: Annotated[bool, typer.Option("--schema", help="Migrate only.")] = False,
    verify_: Annotated[
        bool, typer.Option("--verify", help="Compare the database with the models; 1 on drift.")
    ] = False,
    ddl: Annotated[
        Literal["mysql", "bigquery"] | None,
        typer.Option("--ddl", help="Print the schema as DDL for another database."),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Create the schema, bring it up to date, or check it. Safe to repeat."""
    if sum((full, schema, verify_, ddl is not None)) != 1:
        raise typer.BadParameter("give exactly one of --full, --schema, --verify, --ddl")
    if ddl is not None:
        typer.echo(schema_ddl(ddl))
        return
    with database(load_settings(home)) as settings:
        if verify_:
            _report(verify(settings), json=json)
        else:
            _report_set_up(set_up(settings, seed=full), json=json)


def _report_set_up(report: SetupReport, *, json: bool) -> None:
    if json:
        print_json(asdict(report))
        return
    done = [
        f"migrated from {report.revision_before or 'nothing'} to {report.revision}"
        if report.revision_before != report.revision
        else "",
        f"created the role {report.app_role}" if report.app_role_created else "",
        *(
            f"{len(items)} {what}"
            for items, what in (
                (report.partitions, "partitions created"),
                (report.seeds, "rows seeded"),
                (report.privileges, "privileges put right"),
            )
            if items
        ),
    ]
    changes = ", ".join(filter(None, done)) or "there was nothing to do"
    results.print(f"The schema is up to date: {changes}.", highlight=False, markup=False)


def _report(drifts: list[Drift], *, json: bool) -> None:
    if json:
        print_json([asdict(drift) for drift in drifts])
    elif not drifts:
        results.print("The database matches the models.")
    else:
        for drift in drifts:
            errors.print(f"{drift.object}: {drift.what}", markup=False, highlight=False)
            typer.echo(drift.repair_sql)
    raise typer.Exit(1 if drifts else 0)
