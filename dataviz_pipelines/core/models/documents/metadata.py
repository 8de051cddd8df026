"""What the JSON columns of discovered metadata hold."""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from dataviz_pipelines.core.models.documents.document import Document


class UniqueKey(Document):
    name: str
    columns: list[str]


class ForeignKey(Document):
    """The columns are in the order of the referenced ones. `database` is None when it is the table's own. What is done on update
    and on delete is `unknown` where the role may not see it."""

    name: str
    columns: list[str]
    referenced_database: str | None
    referenced_schema: str
    referenced_table: str
    referenced_columns: list[str]
    on_update: str
    on_delete: str


class TableIndex(Document):
    """An expression stands in the place of a column's name, as the database writes it. `name(20)` is the beginning of a text.
    With a `predicate` only the rows that meet it are in the index: `is_unique` says nothing of the others. `included_columns`
    are kept in it and not ordered by, nor are they unique."""

    name: str
    columns: list[str]
    is_unique: bool
    method: str
    included_columns: list[str] = Field(default_factory=list)
    predicate: str | None = None


class ProblemKind(StrEnum):
    """`denied`: the role may not read it. `locked`, `vanished`, `unreadable`: it was listed but could not be described; what
    was known of it stays. `hidden`: it is listed no more, and only because the role lost its rights. `fuse`: too much of a
    schema would have been removed at once, so nothing was."""

    DENIED = "denied"
    LOCKED = "locked"
    VANISHED = "vanished"
    UNREADABLE = "unreadable"
    HIDDEN = "hidden"
    FUSE = "fuse"


class DiscoveryProblem(Document):
    """What a run could not do. `table` is None when a whole schema is meant."""

    schema_name: str
    table_name: str | None
    kind: ProblemKind
    reason: str
    remedy: str | None


Quantiles = dict[Literal["0.05", "0.25", "0.5", "0.75", "0.95"], float]
"""Of the numbers that were read, by their share of what is below."""


class TopValue(Document):
    """A value, cut off where it is long, and in how many of the rows that were read it is."""

    value: str
    count: int
