"""Rows of the logs that rollups count, and what they should come to."""

import struct
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, Engine, text

from dataviz_pipelines.core.analytics.checking import different_periods
from dataviz_pipelines.core.analytics.periods import Range
from dataviz_pipelines.core.analytics.rollups import ROLLUPS
from dataviz_pipelines.core.models.tables import Grain, RollupName


def histogram(numbers: dict[int, int]) -> bytes:
    """As a rollup keeps it: numbers of values by bucket, of which -1 is that of the zeros."""
    return b"".join(
        struct.pack(">HI", bucket + 1, number) for bucket, number in sorted(numbers.items())
    )


@dataclass(frozen=True)
class Logs:
    """Writes as the application's role does."""

    engine: Engine

    def add(self, table: str, **values: Any) -> UUID:
        """A row; its id."""
        made = uuid4()
        with self.engine.begin() as connection:
            insert(connection, table, id=made, **values)
        return made

    def run(self, statement: str, **values: Any) -> None:
        with self.engine.begin() as connection:
            connection.execute(text(statement), values)

    def rows(self, statement: str, **values: Any) -> list[tuple[Any, ...]]:
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(statement), values)]

    def dicts(self, statement: str) -> list[dict[str, Any]]:
        with self.engine.connect() as connection:
            return [dict(row) for row in connection.execute(text(statement)).mappings()]

    def person(self) -> UUID:
        return self.add("users", email=f"{uuid4().hex}@example.org")

    def dashboard(self, **values: Any) -> UUID:
        return self.add("dashboards", name="Sales", **values)

    def use(
        self,
        at: datetime,
        dashboard: UUID,
        user: UUID | None = None,
        *,
        action: str = "view",
        duration: int | None = None,
    ) -> UUID:
        return self.add(
            "dashboard_analytics",
            timestamp=at,
            dashboard_id=dashboard,
            user_id=user,
            action_type=action,
            duration_seconds=duration,
        )

    def different(self, given: Range) -> dict[tuple[RollupName, Grain], list[datetime]]:
        """Periods without a mark that are not what the logs say."""
        found = {
            (name, grain): different_periods(self.engine, rollup, grain, given)
            for name, rollup in ROLLUPS.items()
            for grain in Grain
        }
        return {key: periods for key, periods in found.items() if periods}

    def marks(self) -> set[tuple[str, str, datetime]]:
        """All but those of the audit, which notes whatever a test makes."""
        found = self.rows(
            "SELECT rollup, grain, starts_at FROM rollup_invalidations WHERE rollup <> 'audit'"
        )
        return {(name, grain, at) for name, grain, at in found}


def insert(connection: Connection, table: str, **values: Any) -> None:
    names = ", ".join(values)
    marks = ", ".join(f":{name}" for name in values)
    connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({marks})"), values)
