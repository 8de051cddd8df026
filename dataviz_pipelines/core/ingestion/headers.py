"""Which column of a file is which column of a template.

The order is: the file's headers are matched with the columns that the template reads from a file (`source_columns`), then
the steps run, then the rules apply. A rename step and an alias can therefore both bring a header to its rule.
"""

import difflib
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from dataviz_pipelines.core.models.documents.steps import (
    Compute,
    Concatenate,
    Constant,
    Drop,
    PythonFunction,
    Rename,
    Split,
    Step,
    Trim,
)
from dataviz_pipelines.core.models.documents.uploads import TemplateDocument

NEAR = 0.75


@dataclass(frozen=True)
class SourceColumn:
    """A column that a file may have, or must have (`required`), before any step runs."""

    name: str
    required: bool
    aliases: tuple[str, ...] = ()


class MatchedBy(StrEnum):
    EXACT = "exact"
    ALIAS = "alias"
    FOLDED = "folded"  # but for case, spaces and punctuation


@dataclass(frozen=True)
class MatchedHeader:
    found: str
    column: str
    how: MatchedBy


@dataclass(frozen=True)
class HeaderMatch:
    """`missing` are required columns that no header means; `unknown` are headers that mean no column, in the file's order.
    `suggestions` are near matches, which are never applied: texts such as `'Fligt' for flight`."""

    matched: tuple[MatchedHeader, ...] = ()
    missing: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    suggestions: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def renames(self) -> dict[str, str]:
        """Header to column name, for those that differ."""
        return {each.found: each.column for each in self.matched if each.found != each.column}


def match_headers(found: Sequence[str], document: TemplateDocument) -> HeaderMatch:
    """Exact names first, then aliases, then both without regard to case, spaces and punctuation. A column takes one header;
    two headers that would mean the same column only after folding mean none, and a warning says so."""
    matching = _Matching(list(found), source_columns(document))
    matching.take(MatchedBy.EXACT, lambda column: [column.name], str)
    matching.take(MatchedBy.ALIAS, lambda column: column.aliases, str)
    matching.take(MatchedBy.FOLDED, lambda column: [column.name, *column.aliases], folded)
    matching.ignore(
        {name for step in document.transformation_rules.steps for name in created_by(step)}
    )
    return matching.result()


def folded(header: str) -> str:
    """Letters and digits alone, without case: `Unit-Price (EUR)` and `unitprice eur` are the same header."""
    return "".join(
        each for each in unicodedata.normalize("NFKC", header).casefold() if each.isalnum()
    )


Names = Callable[[SourceColumn], Iterable[str]]


@dataclass
class _Matching:
    headers: list[str]
    free: list[SourceColumn]
    matched: dict[str, MatchedHeader] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def take(self, how: MatchedBy, names: Names, key: Callable[[str], str]) -> None:
        columns = _unambiguous(
            (key(name), column) for column in self.free for name in names(column)
        )
        wanted: dict[str, list[str]] = {}
        for header in self.headers:
            column = columns.get(key(header))
            if header not in self.matched and column is not None:
                wanted.setdefault(column.name, []).append(header)
        for name, headers in wanted.items():
            self._match(name, headers, how)

    def _match(self, name: str, headers: list[str], how: MatchedBy) -> None:
        if len(headers) > 1:
            self.warnings.append(
                f"Headers {' and '.join(map(repr, headers))} could all mean {name}; none was taken."
            )
            return
        self.matched[headers[0]] = MatchedHeader(headers[0], name, how)
        self.free = [column for column in self.free if column.name != name]

    def ignore(self, created: set[str]) -> None:
        """A header under which a step writes its own values is known, but not read."""
        replaced = [each for each in self.headers if each in created and each not in self.matched]
        self.warnings += [
            f"The file's column {name!r} is replaced by the template's." for name in replaced
        ]
        self.headers = [header for header in self.headers if header not in replaced]

    def result(self) -> HeaderMatch:
        unknown = [header for header in self.headers if header not in self.matched]
        return HeaderMatch(
            matched=tuple(
                self.matched[header] for header in self.headers if header in self.matched
            ),
            missing=tuple(column.name for column in self.free if column.required),
            unknown=tuple(unknown),
            suggestions=tuple(_suggestions(unknown, self.free)),
            warnings=tuple(self.warnings),
        )


def _unambiguous(named: Iterable[tuple[str, SourceColumn]]) -> Mapping[str, SourceColumn]:
    columns: dict[str, set[SourceColumn]] = {}
    for key, column in named:
        columns.setdefault(key, set()).add(column)
    return {key: next(iter(same)) for key, same in columns.items() if key and len(same) == 1}


def _suggestions(unknown: Sequence[str], free: Sequence[SourceColumn]) -> Iterable[str]:
    names = {
        folded(name): column.name for column in free for name in (column.name, *column.aliases)
    }
    for header in unknown:
        near = difflib.get_close_matches(folded(header), names, n=1, cutoff=NEAR)
        if near:
            yield f"{header!r} for {names[near[0]]}"


Columns = dict[str, SourceColumn]


def source_columns(document: TemplateDocument) -> list[SourceColumn]:
    """What a file must and may have, found by walking the steps backwards from the rules. Rules come first, in order."""
    return list(columns_before_each(document)[0].values())


def columns_before_each(document: TemplateDocument) -> list[Columns]:
    """What is used from before each step on, by later steps and by rules; last, what the rules alone use."""
    used: Columns = {
        rule.name: SourceColumn(rule.name, rule.required, tuple(rule.aliases))
        for rule in document.validation_rules.columns
    }
    walk = [used]
    for step in reversed(document.transformation_rules.steps):
        walk.append(_before(step, walk[-1]))
    return walk[::-1]


def _before(step: Step, after: Columns) -> Columns:
    for kind, undo in _UNDO.items():
        if isinstance(step, kind):
            return undo(step, after)
    if isinstance(step, Trim) and step.columns is None:
        return after
    return _with_optional(after, columns_of(step))


def columns_of(step: Step) -> list[str]:
    """The columns that a step works on."""
    many = getattr(step, "columns", None)
    if many is not None:
        return list(many)
    one = getattr(step, "column", None)
    return [] if one is None else [one]


def created_by(step: Step) -> list[str]:
    """The columns that exist after the step whatever the file has."""
    if isinstance(step, Constant | Compute):
        return [step.column]
    if isinstance(step, PythonFunction):
        return list(step.adds)
    if isinstance(step, Concatenate):
        return [step.into]
    return list(step.into) if isinstance(step, Split) else []


def _without(after: Columns, names: Iterable[str]) -> Columns:
    gone = set(names)
    return {name: column for name, column in after.items() if name not in gone}


def _with_optional(after: Columns, names: Iterable[str]) -> Columns:
    return after | {name: SourceColumn(name, required=False) for name in names if name not in after}


def _undo_creation(step: Any, after: Columns) -> Columns:
    return _without(after, created_by(step))


def _undo_drop(step: Drop, after: Columns) -> Columns:
    return _with_optional(after, step.columns)


def _undo_rename(step: Rename, after: Columns) -> Columns:
    old_names = {new: old for old, new in step.columns.items()}
    before: Columns = {}
    for name, column in after.items():
        old = old_names.get(name, name)
        before[old] = replace(column, name=old)
    return _with_optional(before, step.columns)


def _undo_split(step: Split, after: Columns) -> Columns:
    parts = [after[name] for name in step.into if name in after]
    whole = SourceColumn(step.column, required=any(part.required for part in parts))
    return _demanding(_without(after, step.into), [whole])


def _undo_concatenate(step: Concatenate, after: Columns) -> Columns:
    into = after.get(step.into)
    required = into is not None and into.required
    before = _without(after, [step.into])
    return _demanding(before, [SourceColumn(name, required) for name in step.columns])


def _demanding(columns: Columns, wanted: Iterable[SourceColumn]) -> Columns:
    """`columns` with those that are wanted; one that is there already may become required."""
    result = dict(columns)
    for column in wanted:
        known = result.get(column.name, column)
        result[column.name] = replace(known, required=known.required or column.required)
    return result


_UNDO: Mapping[Any, Callable[[Any, Columns], Columns]] = {
    Constant | Compute | PythonFunction: _undo_creation,
    Drop: _undo_drop,
    Rename: _undo_rename,
    Split: _undo_split,
    Concatenate: _undo_concatenate,
}
