"""What the sensor and its Dagster runs do, in one process that can be killed: `python -m tests.core.scheduling.ticker NOW`."""

import sys
from datetime import datetime

from dataviz_pipelines.core.db import create_database_engine, database_urls
from dataviz_pipelines.core.job_types import RUNNERS
from dataviz_pipelines.core.scheduling.dispatching import make_batches
from dataviz_pipelines.core.scheduling.healing import Fate, heal
from dataviz_pipelines.core.scheduling.job_types import Scheduling
from dataviz_pipelines.core.scheduling.running import run_batch
from dataviz_pipelines.core.scheduling.ticking import tick
from dataviz_pipelines.core.settings import Settings


def main() -> None:
    now = datetime.fromisoformat(sys.argv[1])
    settings = Settings()
    engine = create_database_engine(database_urls(settings).app, application_name="ticker")
    scheduling = Scheduling(engine, settings, RUNNERS, clock=lambda: now)
    print("go", flush=True)  # noqa: T201  # to the test
    heal(scheduling, lambda _: Fate.LOST)  # whoever ran a batch before was killed
    tick(scheduling)
    for batch in make_batches(scheduling):
        for _ in run_batch(scheduling, batch.id, str(batch.id)):
            pass


if __name__ == "__main__":
    main()
