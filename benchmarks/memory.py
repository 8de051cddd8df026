"""Loads one registered upload and prints the greatest anonymous memory of this process, in MB. Run as a process of its own."""

import re
import sys
import threading
from pathlib import Path
from uuid import UUID

from dataviz_pipelines.core.db import create_database_engine, database_urls
from dataviz_pipelines.core.ingestion.context import Ingestion
from dataviz_pipelines.core.ingestion.service import load_upload
from dataviz_pipelines.core.settings import Settings

SAMPLE_EVERY_S = 0.02


class PeakMemory:
    """RssAnon is what the process allocated; file pages that the kernel may drop at any time do not count."""

    def __init__(self) -> None:
        self.peak_kb = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "PeakMemory":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(SAMPLE_EVERY_S):
            found = re.search(r"RssAnon:\s+(\d+)", Path("/proc/self/status").read_text())
            self.peak_kb = max(self.peak_kb, int(found[1]) if found else 0)


if __name__ == "__main__":
    settings = Settings()
    engine = create_database_engine(database_urls(settings).app, application_name="benchmark")
    with PeakMemory() as memory:
        load_upload(Ingestion(engine, settings.rejects), UUID(sys.argv[1]))
    print(memory.peak_kb / 1024)
