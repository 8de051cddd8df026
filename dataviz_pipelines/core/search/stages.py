"""In which ways a thing can fit a question, the best first. Each is a condition that an index answers."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from dataviz_pipelines.core.search.question import Question, exact_name

_TABLE_TERMS: Final = (
    "search_terms(item.table_name, item.source_comment, item.description, item.tags)"
)
_COLUMN_TERMS: Final = (
    "search_terms(field.column_name, field.source_comment, field.description, field.tags)"
)
_HAS: Final = "{} @@ lower(%(terms)s)::tsquery"


class Match(StrEnum):
    """How something fits: its whole name, the beginning of its name, words of its name, letters of its name, or what is
    said about it."""

    EXACT = "exact"
    PREFIX = "prefix"
    WORD = "word"
    SIMILAR = "similar"
    TEXT = "text"


@dataclass(frozen=True)
class Stage:
    """`terms` gives what the conditions bind; None: nothing can fit in this way. `fit` orders what does. `before` is a
    statement that the conditions rest on. `is_last_resort`: only when nothing fits better."""

    match: Match
    terms: Callable[[Question], str | None]
    table: str = _HAS.format(_TABLE_TERMS)
    column: str = _HAS.format(_COLUMN_TERMS)
    fit: str = "0"
    before: str | None = None
    is_last_resort: bool = False

    def applies(self, question: Question) -> bool:
        return self.terms(question) is not None

    def values(self, question: Question) -> dict[str, Any]:
        schema, table = _outer(question)
        return {
            "terms": self.terms(question),
            "like": question.like,
            "least_similar": question.least_similar,
            "table_of": table,
            "schema_of": schema,
        }


def _last(question: Question) -> str | None:
    return exact_name(question.path[-1]) if question.path else None


def _outer(question: Question) -> tuple[str | None, str | None]:
    """Of a dotted name the two parts before the last: what a table or column of that name must be in."""
    outer = (None, None, *question.path[:-1])
    return outer[-2], outer[-1]


_IN_SCHEMA: Final = "search_name(item.schema_name) = search_name(%(table_of)s)"
_IN_TABLE: Final = (
    "search_name(item.table_name) = search_name(%(table_of)s) AND "
    "(%(schema_of)s::text IS NULL OR search_name(item.schema_name) = search_name(%(schema_of)s))"
)
_PATH: Final = Stage(
    Match.EXACT,
    _last,
    table=f"{_HAS.format(_TABLE_TERMS)} AND {_IN_SCHEMA}",
    column=f"{_HAS.format(_COLUMN_TERMS)} AND {_IN_TABLE}",
)
_PATH_PREFIX: Final = Stage(
    Match.PREFIX,
    lambda question: f"{_last(question)}:*" if question.path else None,
    table=_PATH.table,
    column=_PATH.column,
)
_HOLDS: Final = "search_name({}) LIKE search_name(%(like)s)"
_RESEMBLES: Final = "search_name({}) %% search_name(%(name)s)"
_HOW_SIMILAR: Final = (
    "SELECT set_config('pg_trgm.similarity_threshold', %(least_similar)s::text, false)"
)
"""Nothing but search asks for similar names."""


def _letters(condition: str, **options: Any) -> Stage:
    """What is similar, the most similar first. Without three letters in a row an index knows nothing of them."""
    return Stage(
        Match.SIMILAR,
        lambda question: question.name if question.has_letters else None,
        table=condition.format("item.table_name"),
        column=condition.format("field.column_name"),
        fit="similarity(search_name({}), search_name(%(name)s))",
        **options,
    )


STAGES: Final = (
    Stage(Match.EXACT, lambda question: question.exact),
    _PATH,
    Stage(Match.PREFIX, lambda question: question.prefix),
    _PATH_PREFIX,
    Stage(Match.WORD, lambda question: question.in_name),
    _letters(_HOLDS),
    _letters(_RESEMBLES, before=_HOW_SIMILAR, is_last_resort=True),
    Stage(Match.TEXT, lambda question: question.anywhere),
)
