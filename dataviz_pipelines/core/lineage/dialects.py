"""How each engine reads names. What PostgreSQL writes without quotes is lower case; the others' columns have no case, and
their tables are compared without it too: a query that gets it wrong does not work, and one that works is found."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from dataviz_pipelines.core.models.business import ConnectionType


@dataclass(frozen=True)
class Dialect:
    """`fold` takes a name of a query and whether it is quoted, `known` a name of the database. `default_schema` is
    where a name without a schema is looked for first."""

    name: str
    fold: Callable[[str, bool], str]
    known: Callable[[str], str]
    default_schema: str | None = None


_ASCII: Final = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def _as_postgresql(name: str, is_quoted: bool) -> str:
    return name if is_quoted else name.translate(_ASCII)


def _without_case(name: str, is_quoted: bool) -> str:  # noqa: ARG001
    return name.lower()


DIALECTS: Final[dict[str, Dialect]] = {
    ConnectionType.POSTGRESQL: Dialect("postgres", _as_postgresql, str, default_schema="public"),
    ConnectionType.MYSQL: Dialect("mysql", _without_case, str.lower),
    ConnectionType.BIGQUERY: Dialect("bigquery", _without_case, str.lower),
}
