"""Writes bytes to a file, opens it and collects everything: what nearly every test here does."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dataviz_pipelines.core.ingestion.reading import Limits, open_source
from dataviz_pipelines.core.ingestion.source import Profile, RejectedRecord
from dataviz_pipelines.core.models.documents.uploads import ReaderConfig


@dataclass(frozen=True)
class Read:
    profile: Profile
    rows: list[tuple[str | None, ...]]
    lines: list[int]
    rejected: list[RejectedRecord]
    bytes_read: int
    native: bool

    @property
    def rules(self) -> list[tuple[int, str]]:
        return [(record.line, record.rule) for record in self.rejected]


def read_path(
    path: Path,
    *,
    limits: Limits | None = None,
    expected: Sequence[str] = (),
    **config: Any,
) -> Read:
    source = open_source(
        path, ReaderConfig(**config), limits=limits or Limits(), expected_columns=expected
    )
    try:
        chunks = list(source.chunks())
    finally:
        source.close()
    for chunk in chunks:
        assert chunk.frame.columns == list(source.profile.columns)
        assert chunk.lines.len() == chunk.frame.height
    return Read(
        source.profile,
        [row for chunk in chunks for row in chunk.frame.rows()],
        [line for chunk in chunks for line in chunk.lines],
        [record for chunk in chunks for record in chunk.rejected],
        sum(chunk.bytes_read for chunk in chunks),
        source.native,
    )


def read_bytes(folder: Path, content: bytes, *, name: str = "file.csv", **options: Any) -> Read:
    path = folder / name
    path.write_bytes(content)
    return read_path(path, **options)
