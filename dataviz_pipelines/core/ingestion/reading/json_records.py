"""Where the records of a JSON document are, one by one, each with its line."""

from collections.abc import Iterator
from dataclasses import dataclass
from json import JSONDecodeError
from typing import Any

from dataviz_pipelines.core.ingestion.errors import UnreadableFileError
from dataviz_pipelines.core.ingestion.reading.json_text import WHITE, JsonText
from dataviz_pipelines.core.ingestion.reading.json_values import DECODER
from dataviz_pipelines.core.ingestion.reading.limits import Limits
from dataviz_pipelines.core.ingestion.reading.lines import BAD_ENCODING, TOO_LONG
from dataviz_pipelines.core.ingestion.reading.records import SHOWN_BYTES, rejected_line
from dataviz_pipelines.core.ingestion.reading.streams import Readable
from dataviz_pipelines.core.ingestion.source import RejectedRecord

LINE_BYTES = 1024 * 1024
MAX_DEPTH = 50  # of objects around the array of records

Record = tuple[int, Any]  # line from 1, and a decoded value or a RejectedRecord


@dataclass
class DocumentRecords:
    """The elements of the one array of objects in a document. `path` is known after the first record."""

    text: JsonText
    wanted: tuple[str, ...] | None
    path: tuple[str, ...] | None = None

    def __iter__(self) -> Iterator[Record]:
        yield from self._search((), self.wanted)
        if self.text.peek():
            raise self.text.malformed("the document is over, but the file goes on")
        if self.path is None:
            where = ".".join(self.wanted) if self.wanted else None
            raise UnreadableFileError(
                f"{self.text.name} has no array of objects" + (f" at {where}." if where else "."),
                remedy="Say where the records are in reader_config.records_path.",
            )

    def _search(self, at: tuple[str, ...], wanted: tuple[str, ...] | None) -> Iterator[Record]:
        character = self.text.peek()
        if character == "[" and not wanted:
            yield from self._array(at)
        elif character == "{" and wanted != () and len(at) < MAX_DEPTH:
            yield from self._members(at, wanted)
        else:
            self.text.value()

    def _members(self, at: tuple[str, ...], wanted: tuple[str, ...] | None) -> Iterator[Record]:
        self.text.take("{")
        if self.text.take_if("}"):
            return
        while True:
            if self.text.peek() != '"':
                raise self.text.malformed("a key is expected here")
            key = self.text.value()
            self.text.take(":")
            if wanted is None:
                yield from self._search((*at, key), None)
            elif key == wanted[0]:
                yield from self._search((*at, key), wanted[1:])
            else:
                self.text.value()
            if not self.text.take_if(","):
                return self.text.take("}")

    def _array(self, at: tuple[str, ...]) -> Iterator[Record]:
        """Elements, if the first is an object; another kind of array is passed over, unless it is the one wanted."""
        self.text.take("[")
        is_first = True
        is_records = self.wanted is not None or not at
        if self.text.take_if("]"):
            self.path = at if is_records else self.path
            return
        while True:
            if is_first:
                is_records = is_records or self.text.peek() == "{"
                self._found(at, is_records=is_records)
                is_first = False
            self.text.peek()
            line = self.text.line
            value = self.text.value()
            if is_records:
                yield line, value
            if not self.text.take_if(","):
                return self.text.take("]")

    def _found(self, at: tuple[str, ...], *, is_records: bool) -> None:
        if not is_records:
            return
        if self.path is not None:
            raise UnreadableFileError(
                f"{self.text.name} has several arrays of objects: {'.'.join(self.path)}, {'.'.join(at)}.",
                remedy="Say which one holds the records in reader_config.records_path.",
            )
        self.path = at


def concatenated_records(text: JsonText) -> Iterator[Record]:
    """Objects one after the other, each over any number of lines."""
    while text.peek():
        line = text.line
        yield line, text.value()


def line_records(source: Readable, limits: Limits) -> Iterator[Record]:
    """One object a line. A line that is no JSON is rejected alone."""
    for number, line in enumerate(_lines(source, limits.max_record_bytes), start=1):
        if len(line) > limits.max_record_bytes:
            yield number, rejected_line(number, TOO_LONG, line)
        elif line.strip():
            yield number, _decoded_line(number, line)


def _lines(source: Readable, limit: int) -> Iterator[bytes]:
    """Lines without their ends. Of one that is too long no more is kept than shows that it is."""
    pending = b""
    while block := source.read(LINE_BYTES):
        *complete, pending = (pending + block).split(b"\n")
        yield from complete
        pending = pending[: limit + 1]
    if pending:
        yield pending


def _decoded_line(number: int, line: bytes) -> Any:
    try:
        text = line.decode().strip(WHITE)
        return DECODER.decode(text)
    except UnicodeDecodeError:
        return rejected_line(number, BAD_ENCODING, line)
    except JSONDecodeError as error:
        why = f"{error.msg} (column {error.colno})"
    except RecursionError:
        why = "its values are nested too deeply"
    shown = line[:SHOWN_BYTES].decode("utf-8", "replace").strip(WHITE)
    return RejectedRecord(number, "malformed_json", f"The line is no JSON: {why}.", (shown,))
