"""How the rollups are read: statements of `analytics.sql` over those hours and days that a range consists of."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection

from dataviz_pipelines.core.analytics import store
from dataviz_pipelines.core.analytics.answers import Percentiles, Ranking
from dataviz_pipelines.core.analytics.periods import Range
from dataviz_pipelines.core.analytics.rollups import Rollup
from dataviz_pipelines.core.analytics.timings import percentiles as percentiles_of
from dataviz_pipelines.core.models.tables import Grain
from dataviz_pipelines.core.security.caller import Caller
from dataviz_pipelines.core.security.rows import ALWAYS, parameters

Row = dict[str, Any]
Item = TypeVar("Item")


def rows(
    connection: Connection,
    block: str,
    rollup: Rollup,
    ranges: Sequence[tuple[Grain, Range]],
    *,
    visible: str = ALWAYS,
    caller: Caller | None = None,
    subject: tuple[str, Any] | None = None,
    of: str | None = None,
    order: str = "",
    **values: Any,
) -> Sequence[Row]:
    """Rows of a block. `visible` is the condition under which the caller sees an `item`; `subject`, a column and its value,
    narrows what is read; `of` is another table than the rollup's; `order` one of our own texts."""
    text, bound = store.pieces(of or rollup.table, ranges, only=subject[0] if subject else None)
    statement = (
        store.SQL[block]
        .replace("{rows}", text)
        .replace("{visible}", visible)
        .replace("{order}", order)
    )
    if subject:
        bound["subject"] = subject[1]
    return store.rows(connection, statement, bound | _parameters(caller) | values)


def visible(
    connection: Connection, block: str, caller: Caller, condition: str, **values: Any
) -> Sequence[Row]:
    statement = store.SQL[block].replace("{visible}", condition)
    return store.rows(connection, statement, _parameters(caller) | values)


def ranking(
    connection: Connection, rollup: Rollup, given: Range, items: list[Item]
) -> Ranking[Item]:
    return Ranking(**vars(given), stale_hours=stale_hours(connection, rollup, given), items=items)


def stale_hours(connection: Connection, rollup: Rollup, given: Range) -> int:
    values = {"rollup": rollup.name.value, **given.values()}
    found = store.rows(connection, store.SQL["pending"], values)
    count: int = found[0]["count"]
    return count


def percentiles(histograms: Iterable[bytes]) -> Percentiles:
    """Of all their values."""
    return Percentiles(*percentiles_of(b"".join(histograms), (0.5, 0.95, 0.99)))


def added(numbers: Iterable[tuple[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for name, number in numbers:
        total[name] += number
    return dict(sorted(total.items()))


def _parameters(caller: Caller | None) -> dict[str, Any]:
    return parameters(caller) if caller else {}
