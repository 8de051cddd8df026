"""JSON: an array of objects, a document that holds one, or one object a line; streamed."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from enum import StrEnum
from itertools import chain, islice
from json import JSONDecodeError
from typing import Any

import polars as pl

from dataviz_pipelines.core.collecting import without_collecting
from dataviz_pipelines.core.ingestion.errors import UnreadableFileError
from dataviz_pipelines.core.ingestion.reading.encoding import (
    Utf8Stream,
    detect_encoding,
    pinned_encoding,
)
from dataviz_pipelines.core.ingestion.reading.frames import frame_of_cells
from dataviz_pipelines.core.ingestion.reading.json_records import (
    DocumentRecords,
    Record,
    concatenated_records,
    line_records,
)
from dataviz_pipelines.core.ingestion.reading.json_text import WHITE, JsonText
from dataviz_pipelines.core.ingestion.reading.json_values import (
    DECODER,
    BadValue,
    Repeated,
    value_text,
)
from dataviz_pipelines.core.ingestion.reading.limits import Limits
from dataviz_pipelines.core.ingestion.reading.names import storable, unique_names
from dataviz_pipelines.core.ingestion.reading.streams import ByteStream
from dataviz_pipelines.core.ingestion.source import Chunk, Detected, Profile, RejectedRecord
from dataviz_pipelines.core.models.documents.uploads import ReaderConfig

SAMPLE_RECORDS = 1_000
CHUNK_RECORDS = 20_000
SHOWN_CHARACTERS = 1_000


class Form(StrEnum):
    DOCUMENT = "document"
    LINES = "lines"
    CONCATENATED = "concatenated"


class JsonSource:
    native = True

    def __init__(self, stream: ByteStream, config: ReaderConfig, limits: Limits) -> None:
        self._stream = stream
        raw = stream.read(limits.block_bytes)
        whole = len(raw) < limits.block_bytes
        encoding = (
            pinned_encoding(config.encoding, raw)
            if config.encoding
            else detect_encoding(raw, whole=whole)
        )
        text = _Replayed(Utf8Stream(stream, encoding, raw), limits.block_bytes)
        wanted = tuple(config.records_path) if config.records_path else None
        form = Form.DOCUMENT if wanted else form_of(stream.member or stream.name, text.head)
        self._document = DocumentRecords(JsonText(stream.name, text, limits), wanted)
        records = self._records(form, text, limits)
        sample = list(islice(records, SAMPLE_RECORDS))
        self._keys, names, warnings = _columns(stream.name, sample)
        self.header = list(self._keys)
        self._all = chain(sample, records)
        path = storable(".".join(self._document.path or ())) or None
        self.profile = Profile(
            file_format="json",
            compression=stream.compression,
            columns=names,
            detected={
                "encoding": Detected(
                    encoding.name, encoding.confidence, pinned=config.encoding is not None
                ),
                "form": Detected(form.value, 0.99),
                "records_path": Detected(path, 0.95 if wanted is None else 1.0, wanted is not None),
            },
            warnings=tuple([encoding.warning] if encoding.warning else []) + tuple(warnings),
        )

    def chunks(self) -> Iterator[Chunk]:
        seen = 0
        for first in self._all:
            records = chain([first], islice(self._all, CHUNK_RECORDS - 1))
            with without_collecting():
                chunk = self._chunk(records)
            yield replace(chunk, bytes_read=self._stream.position - seen)
            seen = self._stream.position

    def close(self) -> None:
        self._stream.close()

    def _records(self, form: Form, text: "_Replayed", limits: Limits) -> Iterator[Record]:
        if form is Form.LINES:
            return line_records(text, limits)
        if form is Form.CONCATENATED:
            return concatenated_records(self._document.text)
        return iter(self._document)

    def _chunk(self, records: Iterable[Record]) -> Chunk:
        rows: list[list[str | None]] = []
        lines: list[int] = []
        rejected: list[RejectedRecord] = []
        for line, record in records:
            row = self._row(line, record)
            if isinstance(row, RejectedRecord):
                rejected.append(row)
            else:
                rows.append(row)
                lines.append(line)
        frame = frame_of_cells(rows, self.profile.columns)
        return Chunk(frame, pl.Series("line", lines, pl.Int64), tuple(rejected))

    def _row(self, line: int, record: Any) -> list[str | None] | RejectedRecord:
        if isinstance(record, RejectedRecord):
            return record
        if not isinstance(record, dict):
            message = "The record is no object."
            return RejectedRecord(
                line, "not_an_object", message, (_as_it_is(record)[:SHOWN_CHARACTERS],)
            )
        if isinstance(record, Repeated):
            return self._rejected(line, record, "duplicate_key", "A key occurs twice.")
        if not record.keys() <= self._keys.keys():
            key = next(key for key in record if key not in self._keys)
            message = (
                f"The key {key!r} does not occur in the first {SAMPLE_RECORDS:,} records, "
                "which decide on the columns."
            )
            return self._rejected(line, record, "unexpected_key", message, key)
        try:
            return [value_text(record.get(key)) for key in self._keys]
        except BadValue as bad:
            return self._rejected(line, record, bad.rule, bad.message)

    def _rejected(
        self, line: int, record: dict[str, Any], rule: str, message: str, column: str | None = None
    ) -> RejectedRecord:
        cells = tuple(_shown(record.get(key)) for key in self._keys)
        if column is None:
            return RejectedRecord(line, rule, message, cells)
        value = _shown(record[column])
        return RejectedRecord(line, rule, message, cells, storable(column), value)


class _Replayed:
    """A stream whose beginning was looked at already."""

    def __init__(self, source: Utf8Stream, head_bytes: int) -> None:
        self._source = source
        self.head = source.read(head_bytes)
        self._pending = self.head

    def read(self, size: int, /) -> bytes:
        part, self._pending = self._pending[:size], self._pending[size:]
        return part or self._source.read(size)


def form_of(name: str, head: bytes) -> Form:
    """One object after the other on lines of their own, or a single document."""
    plain_name = name.lower().removesuffix(".gz").removesuffix(".zip")
    text = head.decode("utf-8", "replace").lstrip(WHITE)
    if plain_name.endswith((".ndjson", ".jsonl")):
        return Form.LINES
    if not text.startswith("{"):
        return Form.DOCUMENT
    try:
        first, end = DECODER.raw_decode(text)
    except (JSONDecodeError, RecursionError):
        return _form_of_broken(text)
    is_line = "\n" not in text[:end]
    if text[end:].lstrip(WHITE):
        return Form.LINES if is_line else Form.CONCATENATED
    holds_records = any(isinstance(value, list | dict) for value in first.values())
    return Form.DOCUMENT if holds_records or not is_line else Form.LINES


def _form_of_broken(text: str) -> Form:
    """The first object is damaged, or longer than what is known: do the lines behind it look like objects?"""
    lines = [line.strip() for line in text.split("\n", 50)[1:-1]]
    objects = sum(line.startswith("{") and line.endswith("}") for line in lines)
    return Form.LINES if objects and objects * 2 > len(lines) else Form.DOCUMENT


def _columns(
    name: str, sample: Sequence[Record]
) -> tuple[dict[str, int], tuple[str, ...], list[str]]:
    keys: dict[str, int] = {}
    for _, record in sample:
        if isinstance(record, dict):
            for key in record:
                keys.setdefault(key, len(keys))
    if not keys:
        raise UnreadableFileError(
            f"{name} holds no records with keys.", remedy="Export an array of objects."
        )
    names, warnings = unique_names(list(keys))
    return keys, names, warnings


def _shown(value: Any) -> str:
    try:
        return value_text(value) or ""
    except BadValue:
        return _as_it_is(value)


def _as_it_is(value: Any) -> str:
    """Of what is refused, for people; without what no database holds."""
    try:
        text = str(value)
    except RecursionError:
        return "…"
    return text.encode("utf-8", "replace").decode().replace("\0", "\N{SYMBOL FOR NULL}")
