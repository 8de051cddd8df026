"""Assembles the commands, and turns errors into a message and an exit code: 0 done, 1 failed, 2 misused."""

import gc
import logging
import signal
import sys
from importlib import import_module
from types import FrameType, ModuleType
from typing import NoReturn

import typer
from rich.markup import escape
from typer._click.core import Command, Context  # typer's own click has no public name
from typer.core import TyperGroup
from typer.main import get_group

from dataviz_pipelines.cli.output import errors
from dataviz_pipelines.core.errors import DatavizError

# The module of a command is imported when the command is called: all of them together (data frames, schema, gRPC)
# take three seconds, the command line alone a third of one. Each module holds a Typer named `commands`.
COMMANDS = {
    "up": "dataviz_pipelines.cli.up",
    "down": "dataviz_pipelines.cli.platform",
    "status": "dataviz_pipelines.cli.platform",
    "doctor": "dataviz_pipelines.cli.doctor",
    "setup": "dataviz_pipelines.cli.setup",
    "inspect": "dataviz_pipelines.cli.inspect",
    "template": "dataviz_pipelines.cli.templates",
    "ingest": "dataviz_pipelines.cli.ingest",
    "rejects": "dataviz_pipelines.cli.rejects",
    "audit": "dataviz_pipelines.cli.audit",
    "users": "dataviz_pipelines.cli.users",
    "sources": "dataviz_pipelines.cli.sources",
    "discover": "dataviz_pipelines.cli.discover",
    "profile": "dataviz_pipelines.cli.profile",
    "query": "dataviz_pipelines.cli.query",
    "jobs": "dataviz_pipelines.cli.jobs",
    "keys": "dataviz_pipelines.cli.keys",
    "rollups": "dataviz_pipelines.cli.rollups",
}


class CommandsByName(TyperGroup):
    def list_commands(self, ctx: Context) -> list[str]:  # noqa: ARG002  # click's signature
        return list(COMMANDS)

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:  # noqa: ARG002
        module = COMMANDS.get(cmd_name)
        return None if module is None else get_group(_imported(module).commands).commands[cmd_name]


def _imported(module: str) -> ModuleType:
    """Modules live as long as the process. To look for garbage while they are made, and among them at every later
    collection, would cost as much time again."""
    gc.disable()
    try:
        return import_module(module)
    finally:
        gc.freeze()
        gc.enable()


app = typer.Typer(
    cls=CommandsByName,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="A self-hosted data platform: drop files, connect databases, schedule work, build dashboards.",
)


@app.callback()
def _commands(
    *, verbose: bool = typer.Option(False, "--verbose", "-v", help="Log what is done, to stderr.")
) -> None:
    logging.basicConfig(
        level=logging.INFO if verbose else logging.WARNING,
        stream=sys.stderr,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        force=True,
    )


def main() -> None:
    signal.signal(signal.SIGTERM, _exit_on_signal)
    try:
        app()
    except DatavizError as error:
        errors.print(f"[bold red]Error:[/] {escape(str(error))}", soft_wrap=True, highlight=False)
        sys.exit(1)


def _exit_on_signal(number: int, _frame: FrameType | None) -> NoReturn:
    """By exception, so that what a command has started, such as a database server, is stopped."""
    sys.exit(128 + number)
