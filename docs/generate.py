"""Writes the generated pages of docs/ anew: `python -m docs.generate`. A test fails when one of them is out of date."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import typer
from pydantic import SecretStr
from typer.main import get_group

from api.app import create_app
from api.matrix import matrix_document, route_accesses
from api.resources import PREFIX, RESOURCES, Resource
from dataviz_pipelines.cli.app import app
from dataviz_pipelines.core.schema.document import schema_document
from dataviz_pipelines.core.schema.seeds import ROLES
from dataviz_pipelines.core.settings import Settings

FOLDER = Path(__file__).parent
_RESOURCES = """\
# Resources

Generated from the table of resources in `api/resources` by `make docs`. [api.md](api.md) tells how they are asked; the paths follow `/api/v1`.

*can be*: beside being listed and read; what is brought back has versions. *filter*: a parameter of that name; *range*: NAME`_since` and
NAME`_before`. A minus before an order turns it round; the first is that of a list which is not told another.

| resource | can be | filter | range | sort | search (`q`) | `include` |
|---|---|---|---|---|---|---|
"""
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


def resources_document() -> str:
    routes = {(route.method, route.path) for route in route_accesses(create_app(Settings()))}
    rows = (_resource_row(resource, routes) for resource in RESOURCES)
    return _RESOURCES + "".join(sorted(rows))


def _resource_row(resource: Resource, routes: set[tuple[str, str]]) -> str:
    collection, path = resource.collection, f"{PREFIX}/{resource.path}"
    can_be = {
        "created": ("POST", path),
        "changed": ("PATCH", f"{path}/{{id}}"),
        "deleted": ("DELETE", f"{path}/{{id}}"),
        "in bulk": ("POST", f"{path}/bulk"),
        "brought back": ("GET", f"{path}/{{id}}/versions"),
    }
    offered = (
        collection.all_filters,
        collection.ranges,
        dict.fromkeys((collection.order, *collection.sorts)),
        collection.search,
        collection.includes,
    )
    cells = [", ".join(f"`{name}`" for name in names) for names in offered]
    said = ", ".join(word for word, route in can_be.items() if route in routes)
    return f"| `{resource.path}` | {said} | {' | '.join(cells)} |\n"


PAGES: dict[str, Callable[[], str]] = {
    "settings.md": settings_document,
    "cli.md": cli_document,
    "permissions.md": permissions_document,
    "resources.md": resources_document,
    "schema.md": schema_document,
}

if __name__ == "__main__":
    for page, write in PAGES.items():
        (FOLDER / page).write_text(write(), encoding="utf-8")
