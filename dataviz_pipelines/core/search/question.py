"""What somebody types, as the terms that the index knows. Nothing in it has a meaning of its own: no %, no &."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

LONGEST: Final = 200
"""Characters of a question."""
_HUMP: Final = re.compile(r"(?<=[^\W_A-Z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_LETTERS: Final = re.compile(r"[^\W_]{3}")
_SEPARATORS: Final = re.compile(r"[\s!-/:-@\[-`{-~]+")
"""As `search_terms` has them."""


@dataclass(frozen=True)
class Question:
    """Its terms are texts of tsquery, still in the case in which they were typed."""

    text: str

    @property
    def name(self) -> str:
        return unicodedata.normalize("NFKC", self.text.strip())

    @property
    def words(self) -> list[str]:
        return [word for word in _SEPARATORS.split(_HUMP.sub(" ", self.name)) if word]

    @property
    def path(self) -> list[str]:
        """`schema.table.column`, `table.column` or `schema.table`: empty when it is no such thing."""
        parts = [part.strip(' "`') for part in self.name.split(".")]
        return parts if 1 < len(parts) <= _PARTS and all(parts) else []

    @property
    def has_letters(self) -> bool:
        return _LETTERS.search(self.name) is not None

    @property
    def like(self) -> str:
        escaped = re.sub(r"([\\%_])", r"\\\1", self.name)
        return f"%{escaped}%"

    @property
    def least_similar(self) -> float:
        """How many of the groups of three letters must be the same. One wrong letter changes three of them, which is much of a
        short name; at PostgreSQL's 0.3 half of a long one may be another."""
        letters = len(self.name)
        return max(_LEAST_OF_SHORT, min(_LEAST_OF_LONG, (letters - 2) / (letters + 4)))

    @property
    def exact(self) -> str:
        return _term(f"={self.name}")

    @property
    def prefix(self) -> str:
        return f"{self.exact}:*"

    @property
    def in_name(self) -> str | None:
        return " & ".join(f"{_term(word)}:*" for word in self.words) or None

    @property
    def anywhere(self) -> str | None:
        """Each word in the name or in what is said about it."""
        return (
            " & ".join(f"({_term(word)}:* | {_term(f'~{word}')}:*)" for word in self.words) or None
        )


_LEAST_OF_SHORT: Final = 0.3
_LEAST_OF_LONG: Final = 0.45
_PARTS: Final = 4
"""Of the longest name: database, schema, table and column."""


def _term(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"


def exact_name(name: str) -> str:
    """The term of a thing that is called so and not otherwise."""
    return _term(f"={name}")
