"""`dataviz keys`: the keys that seal what the database must not show."""

import typer
from rich.markup import escape

from dataviz_pipelines.cli.installation import installation
from dataviz_pipelines.cli.options import HomeOption, JsonOption
from dataviz_pipelines.cli.output import errors, print_json, results
from dataviz_pipelines.core.secrets import Rotation, key_source, rotate_keys

commands = typer.Typer()
keys = typer.Typer(no_args_is_help=True, help="Keys that seal the secrets in the database.")
commands.add_typer(keys, name="keys")


@keys.callback()
def _group() -> None:
    """A group also while it has one command."""


@keys.command()
def rotate(*, home: HomeOption = None, json: JsonOption = False) -> None:
    """Make a new key, seal every secret anew, and remove the old key once nothing uses it; 1 if a secret cannot be opened."""
    with installation(home) as (settings, engine):
        done = rotate_keys(engine, key_source(settings))
    if json:
        print_json(vars(done))
    else:
        _print(done)
    raise typer.Exit(1 if done.failed else 0)


def _print(done: Rotation) -> None:
    results.print(
        f"{done.resealed:,} secrets are sealed anew with the key {done.key_id}.", highlight=False
    )
    for key_id in done.removed:
        results.print(f"Removed the key {key_id}.", highlight=False)
    for key_id in done.unused:
        results.print(
            f"Nothing uses the key {key_id} any more: take it out of DATAVIZ_SECRET_KEYS.",
            highlight=False,
            soft_wrap=True,
        )
    for place in done.failed:
        errors.print(
            f"This secret cannot be opened, and its key is kept: {escape(place)}. Enter it again.",
            highlight=False,
            soft_wrap=True,
        )
