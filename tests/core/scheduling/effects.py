"""Jobs whose effects can be counted: each try leaves rows, in transactions of its own. `python -m tests.core.scheduling.effects
BATCH` does their runs, by a clock that goes fast."""

import os
import sys
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, Engine, text

from dataviz_pipelines.core.db import create_database_engine, database_urls
from dataviz_pipelines.core.models.documents.document import Document
from dataviz_pipelines.core.models.scheduler import JobType
from dataviz_pipelines.core.scheduling.errors import JobFailedError
from dataviz_pipelines.core.scheduling.job_types import (
    JobContext,
    Runner,
    Runners,
    Scheduling,
    spread_s,
)
from dataviz_pipelines.core.scheduling.worker import serve
from dataviz_pipelines.core.settings import Settings

NOON: Final = datetime(2026, 3, 2, 12, tzinfo=UTC)
MODULE: Final = "tests.core.scheduling.effects"
BEGAN: Final = "DATAVIZ_TEST_CLOCK_BEGAN"
SPEED: Final = 120
WORKERS: Final = 2  # to start one costs more than all else here
LONGEST_S: Final = 0.2
FAILS: Final = "It fails so often before it succeeds."

TABLES = """
CREATE TABLE uploads.tries (run_id text NOT NULL);
CREATE TABLE uploads.effects (run_id text NOT NULL, is_repeatable boolean NOT NULL);
CREATE UNIQUE INDEX effects_once ON uploads.effects (run_id) WHERE is_repeatable;
"""


@dataclass(frozen=True)
class FastClock:
    """`began`: when it was NOON, by the monotonic clock, which all processes of a machine share."""

    began: float

    def __call__(self) -> datetime:
        return NOON + timedelta(seconds=(time.monotonic() - self.began) * SPEED)


class EffectConfig(Document):
    """`fails`: how many tries fail."""

    fails: int = 0


def scheduling_of(settings: Settings, began: float, *, name: str) -> Scheduling:
    engine = create_database_engine(database_urls(settings).app, application_name=name)
    return Scheduling(engine, settings, RUNNERS, FastClock(began), MODULE, WORKERS)


def counted(engine: Engine, table: str) -> Counter[str]:
    """Rows by run."""
    with engine.connect() as connection:
        rows = connection.execute(text(f"SELECT run_id FROM uploads.{table}"))
        return Counter(rows.scalars())


def _leave(context: JobContext[EffectConfig], *, is_repeatable: bool) -> None:
    values = {"run_id": context.run_key, "is_repeatable": is_repeatable}
    with context.engine.begin() as connection:
        connection.execute(text("INSERT INTO uploads.tries VALUES (:run_id)"), values)
        tries = connection.execute(
            text("SELECT count(*) FROM uploads.tries WHERE run_id = :run_id"), values
        ).scalar_one()
    if tries <= context.config.fails:
        raise JobFailedError(FAILS)
    with context.engine.begin() as connection:
        _take_time(connection, f"before {context.run_key} {tries}")
        connection.execute(
            text(
                "INSERT INTO uploads.effects VALUES (:run_id, :is_repeatable) ON CONFLICT DO NOTHING"
            ),
            values,
        )
        _take_time(connection, f"after {context.run_key} {tries}")


def _take_time(connection: Connection, key: str) -> None:
    connection.execute(text("SELECT pg_sleep(:s)"), {"s": spread_s(key, LONGEST_S / 2)})


ONCE: Final = Runner(
    job_type=JobType.MAINTENANCE,
    config=EffectConfig,
    run=partial(_leave, is_repeatable=False),
    timeout_s=60,
)
REPEATABLE: Final = Runner(
    job_type=JobType.BACKUP,
    config=EffectConfig,
    run=partial(_leave, is_repeatable=True),
    timeout_s=60,
    heavy=True,
    is_repeatable=True,
)
RUNNERS: Final[Runners] = {each.job_type.value: each for each in (ONCE, REPEATABLE)}


if __name__ == "__main__":
    serve(scheduling_of(Settings(), float(os.environ[BEGAN]), name="worker"), UUID(sys.argv[1]))
