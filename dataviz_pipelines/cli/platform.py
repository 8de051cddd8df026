"""`dataviz down` and `status`."""

import typer
from rich.table import Table

from dataviz_pipelines.cli.options import HomeOption, JsonOption, load_settings
from dataviz_pipelines.cli.output import print_json, results
from dataviz_pipelines.local import up as platform
from dataviz_pipelines.local.status import PlatformStatus, platform_status

commands = typer.Typer()


@commands.command()
def down(*, home: HomeOption = None) -> None:
    """Stop what `up` started, and wait until it has stopped."""
    stopped = platform.down(load_settings(home))
    results.print("Everything has stopped." if stopped else "Nothing was running.")


@commands.command()
def status(*, home: HomeOption = None, json: JsonOption = False) -> None:
    """Show what runs. Exit code 1 unless everything answers."""
    found = platform_status(load_settings(home))
    if json:
        print_json(found.document())
    else:
        results.print(_services(found))
    raise typer.Exit(0 if found.ready else 1)


def _services(found: PlatformStatus) -> Table | str:
    if found.record is None:
        return f"Nothing runs for {found.home}."
    table = Table("service", "process", "state", "restarts", title=f"{found.home}")
    for service in found.services:
        table.add_row(service.name, str(service.pid or ""), service.state, str(service.restarts))
    table.caption = f"API {found.record.api_url} · Dagster {found.record.dagster_url}"
    return table
