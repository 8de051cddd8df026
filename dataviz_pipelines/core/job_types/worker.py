"""`python -m dataviz_pipelines.core.job_types.worker BATCH`: does runs of a batch, as core/scheduling/worker.py tells."""

import logging
import sys
from uuid import UUID

from dataviz_pipelines.core.db import create_database_engine, database_urls
from dataviz_pipelines.core.job_types import RUNNERS
from dataviz_pipelines.core.scheduling.job_types import Scheduling
from dataviz_pipelines.core.scheduling.worker import serve
from dataviz_pipelines.core.settings import Settings


def main() -> None:
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    settings = Settings()
    engine = create_database_engine(
        database_urls(settings).app, application_name="job worker", pool_size=2
    )
    serve(Scheduling(engine, settings, RUNNERS), UUID(sys.argv[1]))


if __name__ == "__main__":
    main()
