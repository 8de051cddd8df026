"""`dataviz up`, `down` and `status`."""

from typing import Annotated

import typer
from rich.status import Status
from rich.table import Table

from dataviz_pipelines.cli.options import HomeOption, JsonOption, load_settings
from dataviz_pipelines.cli.output import errors, print_json, results
from dataviz_pipelines.core.settings import Settings
from dataviz_pipelines.local import up as platform
from dataviz_pipelines.local.record import UpRecord
from dataviz_pipelines.local.status import PlatformStatus, platform_status

commands = typer.Typer()

_Port = typer.Option(min=1, max=65535, help="Refused when taken. [default: a free one]")


@commands.command()
def up(
    *,
    home: HomeOption = None,
    api_port: Annotated[int | None, _Port] = None,
    dagster_port: Annotated[int | None, _Port] = None,
) -> None:
    """Start everything on this machine, and stop it all on Ctrl-C."""
    settings = load_settings(home, api_port=api_port, dagster_port=dagster_port)
    with Status("Starting …", console=errors) as spinner:

        def announce(settings: Settings, record: UpRecord) -> None:
            spinner.stop()
            results.print(_addresses(settings, record))
            results.print("[bold green]Ready.[/] Ctrl-C stops everything.")

        platform.up(settings, reports=platform.Reports(notify=_tell, ready=announce))


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


def _tell(sentence: str) -> None:
    errors.print(sentence, markup=False, highlight=False)


def _addresses(settings: Settings, record: UpRecord) -> Table:
    table = Table(show_header=False, box=None)
    for name, value in (
        ("API", record.api_url),
        ("API documentation", f"{record.api_url}/docs"),
        ("Dagster", record.dagster_url),
        ("Inbox", str(settings.inbox)),
        ("Logs", str(settings.logs)),
    ):
        table.add_row(f"[bold]{name}", value)
    return table


def _services(found: PlatformStatus) -> Table | str:
    if found.record is None:
        return f"Nothing runs for {found.home}."
    table = Table("service", "process", "state", "restarts", title=f"{found.home}")
    for service in found.services:
        table.add_row(service.name, str(service.pid or ""), service.state, str(service.restarts))
    table.caption = f"API {found.record.api_url} · Dagster {found.record.dagster_url}"
    return table
