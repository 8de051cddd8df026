"""The process that loads uploads: `python -m dataviz_pipelines.local.upload_worker`.

It touches a file in the folder `received` as often as it looks for work, which tells its supervisor that it does.
"""

import logging
import signal
from typing import Final

from dataviz_pipelines.core.db import create_database_engine, database_urls
from dataviz_pipelines.core.health.service import UPLOAD_WORKER, record_beat
from dataviz_pipelines.core.ingestion.context import Ingestion
from dataviz_pipelines.core.ingestion.drops.service import Drops
from dataviz_pipelines.core.ingestion.transforms import load_transforms
from dataviz_pipelines.core.ingestion.uploading.working import SLOTS, Worker
from dataviz_pipelines.core.settings import Settings
from dataviz_pipelines.local.folders import alive_file, make_private

POOL_SIZE: Final = 3 * len(SLOTS)  # a load, the notes of its progress, and what is read beside


def main() -> None:
    settings = Settings()
    make_private(settings.received)
    engine = create_database_engine(
        database_urls(settings).app, application_name="upload worker", pool_size=POOL_SIZE
    )
    functions = load_transforms(settings.transform_module_names)

    def beat() -> None:
        record_beat(engine, UPLOAD_WORKER)
        alive_file(settings).touch()

    worker = Worker(Drops(Ingestion.of(engine, settings, functions), settings), beat=beat)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: worker.stop())
    worker.run()
    engine.dispose()


if __name__ == "__main__":
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
    main()
