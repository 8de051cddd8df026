"""What a query names, as it names it: tables, columns and where each column can come from.

An outline knows nothing of any database, so that it is made once for each text. Names are folded as the engine folds them.
"""

from dataclasses import dataclass, field

Parts = tuple[str, ...]
"""A table's name as the query writes it, from the outermost part that it gives to the table itself."""
Levels = tuple[tuple[int, ...], ...]
"""Tables that a column can be of, by their places in `tables`: those of the innermost query first."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A column's name, and the tables that it can be of. `Levels` of one table: it is of that table and no other."""

    column: str
    levels: Levels


@dataclass(frozen=True, slots=True)
class Outline:
    """`stars` are the places of tables of which all columns are read, whichever they are."""

    tables: tuple[Parts, ...]
    mentions: frozenset[Mention]
    stars: frozenset[int]


@dataclass
class Draft:
    """An outline that is being made."""

    tables: list[Parts] = field(default_factory=list)
    mentions: set[Mention] = field(default_factory=set)
    stars: set[int] = field(default_factory=set)

    def done(self) -> Outline:
        return Outline(tuple(self.tables), frozenset(self.mentions), frozenset(self.stars))
