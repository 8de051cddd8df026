"""From what a person wrote to what is sent: checked, without comments, with the platform's own tag and the values apart."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from dataviz_pipelines.core.queries.binding import Bound, bind, names
from dataviz_pipelines.core.queries.errors import QueryRefusedError
from dataviz_pipelines.core.queries.guard import check
from dataviz_pipelines.core.queries.lexing import LEXICONS, Kind, Piece, pieces, without_comments
from dataviz_pipelines.core.queries.parameters import Parameter

MAX_CHARACTERS: Final = 100_000
_NOT_IN_A_TAG: Final = re.compile(r"[^A-Za-z0-9@._ +-]")
_PROBES: Final = {"postgresql": "${number}", "mysql": "?", "bigquery": "@{name}"}
"""Placeholders for a statement that is only prepared."""


@dataclass(frozen=True)
class Checked:
    """Without comments and without a semicolon at its end; it reads and does nothing else."""

    text: str
    pieces: tuple[Piece, ...]
    kind: str

    @property
    def names(self) -> set[str]:
        return names(self.text, self.pieces)

    def bound(self, parameters: Mapping[str, Parameter], *, tag: str = "") -> Bound:
        return bind(self.text, self.pieces, parameters, kind=self.kind, prefix=tag)

    def probe(self) -> str:
        """With placeholders that nothing is bound to."""
        sent, number = [], 0
        for piece in self.pieces:
            part = self.text[piece.start : piece.end]
            if piece.kind is Kind.PLACEHOLDER:
                number += 1
                part = _PROBES[self.kind].format(number=number, name=part[1:])
            sent.append(part)
        return "".join(sent)


def checked(text: str, kind: str) -> Checked:
    """`kind` is the source's connection type. Raises QueryRefusedError."""
    if len(text) > MAX_CHARACTERS or "\x00" in text:
        raise QueryRefusedError(f"It is longer than {MAX_CHARACTERS:,} characters, or holds NUL.")
    lexicon = LEXICONS[kind]
    plain = without_comments(text, pieces(text, lexicon)).rstrip().rstrip(";").rstrip()
    if not plain.strip():
        raise QueryRefusedError("There is no query.")
    found = tuple(pieces(plain, lexicon))
    check(plain, found, kind)
    return Checked(plain, found, kind)


def tag(execution_id: UUID, person: str) -> str:
    """F71: a comment for whoever looks at the source's own list of queries. Nothing in it can end it."""
    return f"/* dataviz user={_NOT_IN_A_TAG.sub('_', person)[:100]} query={execution_id} */ "
