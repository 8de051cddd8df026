"""A process that takes and loads what it finds until somebody kills it: python -m … < settings as JSON."""

import json
import sys

from sqlalchemy import make_url

from dataviz_pipelines.core.db import create_database_engine
from dataviz_pipelines.core.ingestion.drops.service import load_batch, make_batches
from dataviz_pipelines.core.settings import Settings
from tests.dropbox import DropBox


def main() -> None:
    given = json.loads(sys.stdin.readline())
    settings = Settings(home=given["home"], inbox_settle_s=0)
    engine = create_database_engine(make_url(given["url"]), application_name="worker")
    box = DropBox(settings, engine)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        box.take()
        for batch in make_batches(box.drops):
            list(load_batch(box.drops, batch.id, given["run_id"]))


if __name__ == "__main__":
    main()
