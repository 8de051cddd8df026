"""How much of a file is held at once while it is read."""

import tracemalloc

from dataviz_pipelines.core.job_types.upload_ingestion.found import Found

MIB = 1024 * 1024


def read_within(file: Found) -> tuple[int, int]:
    """How many bytes came, and the most that was held, in MiB."""
    size = 0
    tracemalloc.start()
    try:
        with file.open(None) as opened:
            assert opened is not None
            for chunk in opened.chunks:
                size += len(chunk)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return size, most // MIB
