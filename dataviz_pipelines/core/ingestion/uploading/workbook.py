"""Rejects as a workbook, made in a process of its own: `python -m dataviz_pipelines.core.ingestion.uploading.workbook`.

Writing one takes seconds and memory that a process which answers requests does not have.
"""

import subprocess
import sys
from pathlib import Path

from dataviz_pipelines.core.ingestion.uploading.errors import WorkbookError

LONGEST_S = 300.0


def reject_workbook(reject_file: Path) -> Path:
    """The workbook beside the CSV file, made when it is first asked for, and anew when the upload was loaded again since.
    Raises WorkbookError."""
    target = reject_file.with_suffix(".xlsx")
    if target.exists() and target.stat().st_mtime_ns >= reject_file.stat().st_mtime_ns:
        return target
    command = [sys.executable, "-m", __name__, str(reject_file), str(target)]
    try:
        subprocess.run(command, check=True, timeout=LONGEST_S, capture_output=True)  # noqa: S603  # our own
    except (subprocess.SubprocessError, OSError) as error:
        raise WorkbookError(
            "The rejected rows could not be written as a workbook.",
            remedy="Ask for them as CSV, which a spreadsheet opens too.",
        ) from error
    return target


def main(source: str, target: str) -> None:
    from dataviz_pipelines.core.workbooks import (
        csv_to_xlsx,
    )  # the caller must do without

    csv_to_xlsx(Path(source), Path(target))


if __name__ == "__main__":
    main(*sys.argv[1:])
