"""How the rollups are read: statements of `analytics.sql` over what points are made of."""

from collections import Counter
from collections.abc import Iterable
from typing import Any, TypeVar

from sqlalchemy import Connection

from dataviz_pipelines.core.analytics.answers import Percentiles, Ranking
from dataviz_pipelines.core.analytics.parts import Text
from dataviz_pipelines.core.analytics.periods import Range
from dataviz_pipelines.core.analytics.rollups import Rollup
from dataviz_pipelines.core.analytics.store import SQL
from dataviz_pipelines.core.analytics.timings import Times
from dataviz_pipelines.core.security.caller import Caller
from dataviz_pipelines.core.security.rows import ALWAYS, parameters
from dataviz_pipelines.core.sql import fetch

Row = dict[str, Any]
Item = TypeVar("Item")


def rows(
    connection: Connection,
    block: str,
    parts: Text,
    *,
    visible: str = ALWAYS,
    caller: Caller | None = None,
    order: str = "",
    **values: Any,
) -> list[Row]:
    """Rows of a block. `visible` is the condition under which the caller sees an `item`, `order` one of our own texts."""
    text, bound = parts
    statement = (
        SQL[block].replace("{rows}", text).replace("{visible}", visible).replace("{order}", order)
    )
    return fetch(connection, statement, bound | _parameters(caller) | values)


def visible(
    connection: Connection, block: str, caller: Caller, condition: str, **values: Any
) -> list[Row]:
    statement = SQL[block].replace("{visible}", condition)
    return fetch(connection, statement, _parameters(caller) | values)


def ranking(
    connection: Connection, rollup: Rollup, given: Range, items: list[Item]
) -> Ranking[Item]:
    return Ranking(**vars(given), stale_hours=stale_hours(connection, rollup, given), items=items)


def stale_hours(connection: Connection, rollup: Rollup, given: Range) -> int:
    values = {"rollup": rollup.name.value, **given.values()}
    found = fetch(connection, SQL["pending"], values)
    count: int = found[0]["count"]
    return count


def percentiles(times: Times) -> Percentiles:
    return Percentiles(*times.percentiles((0.5, 0.95, 0.99)))


def added(numbers: Iterable[tuple[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for name, number in numbers:
        total[name] += number
    return dict(sorted(total.items()))


def _parameters(caller: Caller | None) -> dict[str, Any]:
    return parameters(caller) if caller else {}
