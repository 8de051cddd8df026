"""`dataviz template`: draft one from a sample, add it, look at those that are there."""

import json as json_text
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table
from sqlalchemy import Connection

from dataviz_pipelines.cli.installation import installation
from dataviz_pipelines.cli.options import HomeOption, JsonOption, load_settings
from dataviz_pipelines.cli.output import errors, print_json, results
from dataviz_pipelines.core.ingestion.templates import (
    StoredTemplate,
    as_json,
    as_written,
    check_template,
    get_template,
    list_templates,
    save_template,
)
from dataviz_pipelines.core.ingestion.templates.draft import draft_template
from dataviz_pipelines.core.ingestion.transforms import load_transforms
from dataviz_pipelines.core.models.documents.uploads import ColumnRule, TemplateDocument

commands = typer.Typer()
templates = typer.Typer(no_args_is_help=True, help="What may be uploaded, and how it is loaded.")
commands.add_typer(templates, name="template")

FileArgument = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)]


@contextmanager
def _database(home: Path | None) -> Iterator[Connection]:
    with installation(home) as (_, engine), engine.begin() as connection:
        yield connection


@templates.command()
def draft(file: FileArgument, *, json: JsonOption = False) -> None:
    """Propose a template for files like this one, ready for `add` once a person has looked at it."""
    document = draft_template(file)
    if json:
        print_json(as_written(document))
        return
    _print_document(document)
    advice = f"Save it with: dataviz template draft {file} --json > template.json"
    errors.print(advice, markup=False, soft_wrap=True)


@templates.command()
def add(
    file: FileArgument,
    *,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Check a template and save it. The same template again changes nothing."""
    functions = load_transforms(load_settings(home).transform_module_names)
    document = check_template(file.read_bytes(), functions=functions)
    with _database(home) as connection:
        stored, change = save_template(connection, document)
    if json:
        print_json({**_summary(stored), "change": change})
    else:
        results.print(
            f"Template {document.name!r} {change}, version {stored.version}.", markup=False
        )


@templates.command("list")
def list_(*, home: HomeOption = None, json: JsonOption = False) -> None:
    """All templates, by name."""
    with _database(home) as connection:
        stored = list_templates(connection)
    if json:
        print_json([_summary(each) for each in stored])
        return
    table = Table("name", "version", "format", "mode", "destination", "active")
    for each in stored:
        table.add_row(*(escape(str(value)) for value in _summary(each).values()))
    results.print(table)


@templates.command()
def show(name: str, *, home: HomeOption = None, json: JsonOption = False) -> None:
    """One template; with --json the whole document, which `add` takes again."""
    with _database(home) as connection:
        stored = get_template(connection, name)
    if json:
        print_json(as_json(stored.document))
    else:
        results.print(f"version {stored.version}", markup=False)
        _print_document(stored.document)


def _summary(stored: StoredTemplate) -> dict[str, object]:
    document = stored.document
    destination = document.destination_config
    return {
        "name": document.name,
        "version": stored.version,
        "file_format": document.file_format,
        "upload_mode": document.upload_mode,
        "destination": f"{destination.schema_name}.{destination.table}",
        "is_active": stored.is_active,
    }


def _print_document(document: TemplateDocument) -> None:
    destination = document.destination_config
    results.print(
        f"{document.name}: {document.file_format} files, {document.upload_mode} to "
        f"{destination.schema_name}.{destination.table}",
        markup=False,
        highlight=False,
    )
    table = Table("column", "type", "may be empty", "rules")
    for rule in document.validation_rules.columns:
        table.add_row(
            escape(rule.name), rule.type, "yes" if rule.nullable else "no", escape(_rules(rule))
        )
    results.print(table)


def _rules(rule: ColumnRule) -> str:
    """Whatever is not by default, as it stands in the document."""
    written = rule.model_dump(
        mode="json",
        by_alias=True,
        exclude_defaults=True,
        exclude={"name", "type", "nullable", "description"},
    )
    parts = [f"{option}: {json_text.dumps(value)}" for option, value in written.items()]
    return "; ".join([*parts, *([rule.description] if rule.description else [])])
