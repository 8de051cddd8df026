"""`dataviz users`: what can be done with accounts from the command line."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from dataviz_pipelines.cli.installation import installation, owner
from dataviz_pipelines.cli.options import HomeOption, JsonOption
from dataviz_pipelines.cli.output import errors, print_json, results
from dataviz_pipelines.core.accounts.by_hand import link_for, make_account
from dataviz_pipelines.core.privacy import Erasure, erase_person, export_person
from dataviz_pipelines.core.settings import Settings
from dataviz_pipelines.local.record import read_record

commands = typer.Typer()
users = typer.Typer(
    no_args_is_help=True, help="People: let them in, hand out or erase what is known."
)
commands.add_typer(users, name="users")

EmailArgument = Annotated[str, typer.Argument(help="Their e-mail address.")]
WhoArgument = Annotated[str, typer.Argument(help="The person's e-mail address or id.")]


@users.command()
def create(
    email: EmailArgument,
    *,
    admin: Annotated[bool, typer.Option("--admin", help="They may do everything.")] = False,
    role: Annotated[list[str] | None, typer.Option(help="Repeat it for more than one.")] = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Make an account, and print the link with which its owner sets a password."""
    with installation(home) as (settings, engine), engine.begin() as connection:
        link = make_account(
            connection, email, is_admin=admin, roles=role or [], site=_site(settings)
        )
    _show_link(email, link, json=json)


@users.command()
def link(email: EmailArgument, *, home: HomeOption = None, json: JsonOption = False) -> None:
    """Print a new link with which somebody sets their password, who has lost it or never had one."""
    with installation(home) as (settings, engine), engine.begin() as connection:
        found = link_for(connection, email, site=_site(settings))
    _show_link(email, found, json=json)


@users.command()
def export(
    who: WhoArgument,
    *,
    output: Annotated[
        Path, typer.Option("--output", "-o", dir_okay=False, help="A .zip file that is not there.")
    ],
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Write everything that is known of a person into one archive, as JSON and as CSV."""
    with installation(home) as (_, engine):
        exported = export_person(engine, who, output)
    if json:
        print_json(
            {"id": exported.user_id, "email": exported.email, "file": output, "rows": exported.rows}
        )
    else:
        count = sum(exported.rows.values())
        results.print(
            f"{count:,} rows of {len(exported.rows)} tables are in {escape(str(output))}."
        )


@users.command()
def erase(
    who: WhoArgument,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask. It cannot be undone.")] = False,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Put a pseudonym in a person's place and delete what was theirs alone. What they did stays."""
    if not yes:
        typer.confirm(f"Erase {who}? It cannot be undone.", abort=True, err=True)
    with installation(home) as (settings, _), owner(settings) as engine:
        erasure = erase_person(engine, who)
    if json:
        print_json(_document(erasure))
        return
    deleted, rewritten = sum(erasure.deleted.values()), sum(erasure.rewritten.values())
    results.print(
        f"{erasure.pseudonym} has taken their place: {deleted:,} rows deleted, {rewritten:,} rewritten.",
        highlight=False,
        soft_wrap=True,
    )
    for file in erasure.files:
        errors.print(f"This file still bears their name: {escape(file)}", soft_wrap=True)


def _site(settings: Settings) -> str:
    """Where the API is reached: `up` may have chosen another port than the usual one."""
    running = read_record(settings)
    return settings.site if settings.public_url or running is None else running.api_url


def _show_link(email: str, link: str, *, json: bool) -> None:
    if json:
        print_json({"email": email, "link": link})
    else:
        results.print(f"{email} sets a password here, once and within three days:", markup=False)
        results.print(link, markup=False, highlight=False, soft_wrap=True)


def _document(erasure: Erasure) -> dict[str, object]:
    return {
        "id": erasure.user_id,
        "pseudonym": erasure.pseudonym,
        "deleted": +erasure.deleted,
        "rewritten": +erasure.rewritten,
        "files": erasure.files,
    }
