"""Writes the generated pages of docs/ anew: `python -m docs.generate`. A test fails when one of them is out of date."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import typer
from pydantic import SecretStr
from typer.main import get_group

from api.app import create_app
from api.matrix import matrix_document
from dataviz_pipelines.cli.app import app
from dataviz_pipelines.core.schema.document import schema_document
from dataviz_pipelines.core.schema.seeds import ROLES
from dataviz_pipelines.core.settings import Settings

FOLDER = Path(__file__).parent
_SETTINGS = """\
# Settings

Generated from `dataviz_pipelines/core/settings.py` by `make docs`. Everything an installation can set from outside is an
environment variable; nothing is read from a file. A value that cannot be used is named, without being shown, and nothing starts.
`dataviz doctor` finds variables that are misspelt.

| variable | default | |
|---|---|---|
"""
_CLI = """\
# Command line

Generated from the commands themselves by `make docs`; `dataviz COMMAND --help` says the same.

Results go to stdout, everything else to stderr. With `--json` there is exactly one JSON document on stdout. Exit codes: 0 done,
1 failed (the message says what to do), 2 misused. `dataviz --verbose COMMAND` logs what is done.
"""


def settings_document() -> str:
    rows = [
        f"| `DATAVIZ_{name.upper()}` | {_default(field.default)} | {field.description} |"
        for name, field in Settings.model_fields.items()
    ]
    return _SETTINGS + "\n".join(rows) + "\n"


def _default(value: Any) -> str:
    if value is None or value == "" or isinstance(value, SecretStr):
        return "none"
    return f"`{value}`"


def cli_document() -> str:
    return "\n".join(
        [_CLI, *(part for path, command in commands() for part in _page(path, command))]
    )


def commands() -> Iterator[tuple[str, Any]]:
    """Every command with the words that call it, such as `dataviz template add`. typer's own classes have no public name."""
    yield from _leaves("dataviz", get_group(app))


def _leaves(path: str, group: Any) -> Iterator[tuple[str, Any]]:
    context = typer.Context(group, info_name=path)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if hasattr(command, "list_commands"):
            yield from _leaves(f"{path} {name}", command)
        else:
            yield f"{path} {name}", command


def _page(path: str, command: Any) -> Iterator[str]:
    yield f"## `{path}`\n\n{command.help}\n"
    context = typer.Context(command, info_name=path)
    records = [parameter.get_help_record(context) for parameter in command.params]
    if records:
        rows = [f"| `{_cell(names)}` | {_cell(text)} |" for names, text in records]
        yield "\n".join(["| | |", "|---|---|", *rows, ""])


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").replace("<=", "≤").replace(">=", "≥").split())


def permissions_document() -> str:
    roles = {name: permissions for name, (_, permissions) in ROLES.items()}
    return matrix_document(create_app(Settings()), roles)


PAGES: dict[str, Callable[[], str]] = {
    "settings.md": settings_document,
    "cli.md": cli_document,
    "permissions.md": permissions_document,
    "schema.md": schema_document,
}

if __name__ == "__main__":
    for page, write in PAGES.items():
        (FOLDER / page).write_text(write(), encoding="utf-8")
