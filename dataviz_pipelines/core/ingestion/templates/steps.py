"""Whether the steps of a template can run in their order, and whether anything needs what they do."""

import difflib
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from dataviz_pipelines.core.ingestion.expressions import (
    ExpressionError,
    compile_expression,
    regex_problem,
)
from dataviz_pipelines.core.ingestion.headers import (
    columns_before_each,
    columns_of,
    created_by,
    source_columns,
)
from dataviz_pipelines.core.ingestion.templates.columns import separator_problem, zone_problem
from dataviz_pipelines.core.ingestion.templates.problems import Problem, Problems
from dataviz_pipelines.core.ingestion.time_formats import FormatKind, format_problem, kind_of
from dataviz_pipelines.core.ingestion.transforms import result_problem
from dataviz_pipelines.core.models.documents.steps import (
    Compute,
    Drop,
    MapValues,
    ParseDate,
    ParseNumber,
    PythonFunction,
    Rename,
    Replace,
    Split,
    Step,
)
from dataviz_pipelines.core.models.documents.uploads import Contract, TemplateDocument

PATH = "transformation_rules.steps"


def step_problems(document: TemplateDocument, functions: Collection[str]) -> Problems:
    for index, step in enumerate(document.transformation_rules.steps):
        path = f"{PATH}[{index}]"
        for option, message in _OPTIONS.get(type(step), _nothing)(step):
            yield Problem(f"{path}.{option}", message)
        if isinstance(step, PythonFunction) and step.function not in functions:
            yield Problem(f"{path}.function", _unregistered(step.function, functions))
    yield from _order_problems(document)
    yield from _use_problems(document)
    yield from _compute_problems(document)
    yield from _notation_problems(document)


def _unregistered(name: str, functions: Collection[str]) -> str:
    known = f"registered are {', '.join(sorted(functions))}" if functions else "none is registered"
    return f"no function {name!r} is registered; {known}"


Found = list[tuple[str, str]]


def _nothing(_step: Any) -> Found:
    return []


def _rename(step: Rename) -> Found:
    names = list(step.columns.values())
    twice = {name for name in names if names.count(name) > 1}
    return [("columns", f"two columns are renamed to {name!r}") for name in sorted(twice)]


def _replace(step: Replace) -> Found:
    if step.pattern == "":
        return [("pattern", "an empty text is found everywhere")]
    if not step.regex:
        return []
    problem = regex_problem(step.pattern)
    if problem is not None:
        return [("pattern", f"the regular expression cannot be used: {problem}")]
    return _group_problems(step)


def _group_problems(step: Replace) -> Found:
    groups = pl.Series([""]).str.extract_groups(step.pattern).struct.fields
    named = re.findall(r"\$(?:\{(\w+)\}|(\w+))", step.replacement.replace("$$", ""))
    wanted = {braced or bare for braced, bare in named} - {"0", *groups}
    return [
        (
            "replacement",
            f"the pattern has no group {name}; write ${{1}} for the first group, $$ for $",
        )
        for name in sorted(wanted)
    ]


def _parse_number(step: ParseNumber) -> Found:
    found = [
        (option, problem)
        for option in ("decimal", "thousands")
        if (problem := separator_problem(getattr(step, option) or ".")) is not None
    ]
    if step.decimal == step.thousands:
        found.append(("thousands", "decimal and thousands are the same"))
    if any(not text.strip() for text in step.strip):
        found.append(("strip", "white space around a number is ignored anyway"))
    return found


def _parse_date(step: ParseDate) -> Found:
    found = []
    for form in step.formats:
        problem = format_problem(form)
        if problem is not None:
            found.append(("formats", f"{form!r} cannot be read: {problem}"))
        elif step.time_zone is not None and kind_of(form) is not FormatKind.TIMESTAMP:
            found.append(
                ("time_zone", f"{form!r} reads a {kind_of(form)}, which has no time zone to add")
            )
    zone = None if step.time_zone is None else zone_problem(step.time_zone)
    return found if zone is None else [*found, ("time_zone", zone)]


def _split(step: Split) -> Found:
    return [("into", "names a column twice")] if len(set(step.into)) < len(step.into) else []


def _map(step: MapValues) -> Found:
    if not step.values and step.otherwise == "keep":
        return [("values", "nothing is mapped")]
    return []


_OPTIONS: Mapping[type[Any], Callable[[Any], Found]] = {
    Rename: _rename,
    Replace: _replace,
    ParseNumber: _parse_number,
    ParseDate: _parse_date,
    Split: _split,
    MapValues: _map,
}


@dataclass
class _Walk:
    """Forwards through the steps: what is there, and which step took away what is not."""

    present: set[str]
    gone: dict[str, str] = field(default_factory=dict)

    def take(self, step: Step, path: str) -> None:
        removed = _removed_by(step)
        self.present -= set(removed)
        self.gone.update(dict.fromkeys(removed, path))
        for name in _added_by(step):
            self.present.add(name)
            self.gone.pop(name, None)


def _removed_by(step: Step) -> list[str]:
    if isinstance(step, Drop | Rename):
        return list(step.columns)
    return [step.column] if isinstance(step, Split) and not step.keep else []


def _added_by(step: Step) -> list[str]:
    return list(step.columns.values()) if isinstance(step, Rename) else created_by(step)


def _order_problems(document: TemplateDocument) -> Problems:
    walk = _Walk({column.name for column in source_columns(document)})
    for index, step in enumerate(document.transformation_rules.steps):
        path = f"{PATH}[{index}]"
        for name in () if isinstance(step, Compute) else columns_of(step):
            if name in walk.gone and name not in created_by(step):
                yield Problem(path, f"the column {name!r} is gone since {walk.gone[name]}")
        if isinstance(step, Rename):
            for name in set(step.columns.values()) & (walk.present - set(step.columns)):
                yield Problem(f"{path}.columns", f"there is a column {name!r} already")
        walk.take(step, path)
    for index, rule in enumerate(document.validation_rules.columns):
        if rule.name in walk.gone:
            yield Problem(
                f"validation_rules.columns[{index}].name",
                f"{walk.gone[rule.name]} takes the column {rule.name!r} away",
            )


def _use_problems(document: TemplateDocument) -> Problems:
    """A column that no later step and no rule uses is a misspelt one, unless unknown columns are welcome."""
    if document.destination_config.contract is Contract.EVOLVE:
        return
    steps = document.transformation_rules.steps
    used_after = columns_before_each(document)[1:]
    for index, step in enumerate(steps):
        if any(isinstance(later, PythonFunction) for later in steps[index + 1 :]):
            continue
        used = used_after[index]
        for name in _results_of(step):
            if name not in used:
                near = difflib.get_close_matches(name, used, n=1)
                hint = f"; did you mean {near[0]!r}?" if near else ""
                yield Problem(
                    f"{PATH}[{index}]", f"no later step and no rule uses the column {name!r}{hint}"
                )


def _results_of(step: Step) -> list[str]:
    """The columns for whose sake the step is there. Parts of a split may be left lying."""
    if isinstance(step, Drop | Split | PythonFunction | Compute):
        return []
    return _added_by(step) or columns_of(step)


def _compute_problems(document: TemplateDocument) -> Problems:
    rules = {rule.name: rule for rule in document.validation_rules.columns}
    steps = document.transformation_rules.steps
    pending = [step.column for step in steps if isinstance(step, Compute)]
    for index, step in enumerate(steps):
        if not isinstance(step, Compute):
            continue
        path = f"{PATH}[{index}]"
        if step.column not in rules:
            yield Problem(
                f"{path}.column",
                f"validation_rules has no column {step.column!r}; its type is needed",
            )
            continue
        try:
            expression = compile_expression(step.expression, rules)
        except ExpressionError as error:
            yield Problem(f"{path}.expression", str(error))
            continue
        problem = result_problem(expression, rules[step.column])
        if problem is not None:
            yield Problem(f"{path}.expression", problem)
        for name in set(expression.columns) & set(pending):
            yield Problem(
                f"{path}.expression",
                f"the column {name!r} is computed only by this or a later step",
            )
        pending.remove(step.column)


def _notation_problems(document: TemplateDocument) -> Problems:
    """After a step has rewritten a column, options that describe the old notation would refuse every value."""
    rewritten: dict[type[Any], set[str]] = {ParseDate: set(), ParseNumber: set()}
    for step in document.transformation_rules.steps:
        if isinstance(step, ParseDate | ParseNumber):
            rewritten[type(step)].update(step.columns)
    for index, rule in enumerate(document.validation_rules.columns):
        path = f"validation_rules.columns[{index}]"
        if rule.formats and rule.name in rewritten[ParseDate]:
            yield Problem(
                f"{path}.formats", "a parse_date step has written the column in ISO 8601 by then"
            )
        if (rule.decimal, rule.thousands) != (".", None) and rule.name in rewritten[ParseNumber]:
            yield Problem(
                f"{path}.decimal",
                "a parse_number step has written the column as plain numbers by then",
            )
