"""Whether rollups are what their logs say."""

from datetime import datetime

from sqlalchemy import Engine

from dataviz_pipelines.core.analytics import store
from dataviz_pipelines.core.analytics.periods import Range, whole
from dataviz_pipelines.core.analytics.rollups import Rollup
from dataviz_pipelines.core.models.tables import Grain, RollupName


def different_periods(engine: Engine, rollup: Rollup, grain: Grain, given: Range) -> list[datetime]:
    """Hours or days touched by the range that differ from the log, which days are compared with too. What is marked is left out: it is
    known to be behind, and will be counted anew. Both are seen at one moment, so a row that comes meanwhile is no difference."""
    given = whole(given.starts_at, given.ends_at, grain)
    snapshot = engine.execution_options(isolation_level="REPEATABLE READ")
    with snapshot.connect() as connection:
        wrong = set(store.different(connection, rollup, grain, given))
        if rollup.name is RollupName.DASHBOARDS:
            wrong |= set(store.different_visitors(connection, rollup, grain, given))
    return sorted(wrong)
