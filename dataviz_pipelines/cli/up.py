"""`dataviz up`."""

from typing import Annotated

import typer
from rich.status import Status

from dataviz_pipelines.cli.addresses import addresses
from dataviz_pipelines.cli.demo import DemoScreen
from dataviz_pipelines.cli.options import HomeOption, load_settings
from dataviz_pipelines.cli.output import errors, results
from dataviz_pipelines.core.accounts.first_admin import FirstAdmin
from dataviz_pipelines.core.settings import Settings
from dataviz_pipelines.local import up as platform
from dataviz_pipelines.local.record import UpRecord
from dataviz_pipelines.local.samples import samples

commands = typer.Typer()

_Port = typer.Option(min=1, max=65535, help="Refused when taken. [default: a free one]")


@commands.command()
def up(
    *,
    demo: Annotated[
        bool, typer.Option("--demo", help="Drop sample files, and show what became of them.")
    ] = False,
    home: HomeOption = None,
    api_port: Annotated[int | None, _Port] = None,
    dagster_port: Annotated[int | None, _Port] = None,
) -> None:
    """Start everything on this machine, and stop it all on Ctrl-C."""
    settings = load_settings(home, api_port=api_port, dagster_port=dagster_port)
    with Status("Starting …", console=errors) as spinner:

        def announce(settings: Settings, record: UpRecord, first_admin: FirstAdmin | None) -> None:
            spinner.stop()
            results.print(addresses(settings, record, first_admin))
            results.print("[bold green]Ready.[/] Ctrl-C stops everything.")

        if not demo:
            platform.up(settings, reports=platform.Reports(notify=_tell, ready=announce))
            return
        with DemoScreen(samples(), spinner) as screen:
            reports = platform.Reports(_tell, ready=screen.begin, meanwhile=screen.look)
            platform.up(settings, reports=reports)
    raise typer.Exit(0 if screen.all_loaded else 1)


def _tell(sentence: str) -> None:
    errors.print(sentence, markup=False, highlight=False)
