"""Rejects as workbooks: each is made by a process of its own, few at a time."""

import threading
from pathlib import Path
from typing import Final

from dataviz_pipelines.core.ingestion.uploading.errors import WorkbookError
from dataviz_pipelines.core.ingestion.uploading.workbook import reject_workbook

MOST_AT_ONCE: Final = 2
PATIENCE_S: Final = 60.0


class Workbooks:
    """Lives as long as the application."""

    def __init__(self) -> None:
        self._places = threading.BoundedSemaphore(MOST_AT_ONCE)

    def of(self, reject_file: Path) -> Path:
        """Blocks until it is made. Raises WorkbookError."""
        if not self._places.acquire(timeout=PATIENCE_S):
            raise WorkbookError(
                "Too many workbooks are being written.", remedy="Ask for CSV, or try again."
            )
        try:
            return reject_workbook(reject_file)
        finally:
            self._places.release()
