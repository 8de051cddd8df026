"""The full check of a template when it is saved: well-formed, and sensible as a whole. All mistakes at once."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from dataviz_pipelines.core.ingestion.expressions import ExpressionError, compile_condition
from dataviz_pipelines.core.ingestion.headers import source_columns
from dataviz_pipelines.core.ingestion.templates.columns import column_problems
from dataviz_pipelines.core.ingestion.templates.destination import (
    destination_problems,
    reader_problems,
)
from dataviz_pipelines.core.ingestion.templates.problems import (
    Problem,
    Problems,
    TemplateProblemsError,
)
from dataviz_pipelines.core.ingestion.templates.steps import step_problems
from dataviz_pipelines.core.ingestion.templates.wellformed import read_document
from dataviz_pipelines.core.models.documents.uploads import TemplateDocument

COLUMNS = "validation_rules.columns"


def check_template(
    document: Mapping[str, Any] | str | bytes, *, functions: Collection[str] = ()
) -> TemplateDocument:
    """The document, or TemplateProblemsError with everything that is wrong with it.

    `functions` are the names of the registered Python functions. Whether lookup tables exist is found out by loading.
    """
    checked = read_document(document)
    problems = list(dict.fromkeys(_problems(checked, functions)))
    if problems:
        raise TemplateProblemsError(problems)
    return checked


def _problems(document: TemplateDocument, functions: Collection[str]) -> Problems:
    yield from _name_problems(document)
    yield from reader_problems(document)
    yield from step_problems(document, functions)
    for index, rule in enumerate(document.validation_rules.columns):
        yield from column_problems(rule, f"{COLUMNS}[{index}]")
    yield from _header_problems(document)
    yield from _row_problems(document)
    yield from _file_problems(document)
    yield from destination_problems(document)


def _name_problems(document: TemplateDocument) -> Problems:
    """The name is a folder's; a dot at its end would be lost on some file systems."""
    if document.name.endswith((".", " ")):
        yield Problem("name", "must not end with a dot or a space")


def _header_problems(document: TemplateDocument) -> Problems:
    """Every header must mean one column, also to somebody who does not mind case."""
    seen: dict[str, str] = {}
    readable = {alias for column in source_columns(document) for alias in column.aliases}
    for index, rule in enumerate(document.validation_rules.columns):
        path = f"{COLUMNS}[{index}]"
        own = rule.name.casefold()
        for name, place in _headers(rule.name, rule.aliases, path):
            earlier = seen.get(name.casefold())
            if earlier is not None and not (place != f"{path}.name" and name.casefold() == own):
                yield Problem(place, f"{name!r} is the same as {earlier}, but for case")
            seen.setdefault(name.casefold(), place)
        if rule.aliases and not set(rule.aliases) <= readable:
            yield Problem(
                f"{path}.aliases", "the column comes from a step; no header of a file is looked for"
            )


def _headers(name: str, aliases: Iterable[str], path: str) -> Iterable[tuple[str, str]]:
    yield name, f"{path}.name"
    for index, alias in enumerate(aliases):
        yield alias, f"{path}.aliases[{index}]"


def _row_problems(document: TemplateDocument) -> Problems:
    columns = {rule.name: rule for rule in document.validation_rules.columns}
    names: set[str] = set()
    for index, rule in enumerate(document.validation_rules.rows):
        path = f"validation_rules.rows[{index}]"
        if rule.name in names:
            yield Problem(f"{path}.name", f"another rule is named {rule.name!r}")
        names.add(rule.name)
        try:
            compile_condition(rule.expression, columns)
        except ExpressionError as error:
            yield Problem(f"{path}.expression", str(error))


def _file_problems(document: TemplateDocument) -> Problems:
    rule = document.validation_rules.file
    if rule.max_rows is not None and rule.min_rows > rule.max_rows:
        yield Problem(
            "validation_rules.file.min_rows",
            f"{rule.min_rows} is greater than max_rows, {rule.max_rows}",
        )
