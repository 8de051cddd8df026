"""A multipart form as a stream of events, in constant memory."""

from dataclasses import dataclass
from typing import Final

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from dataviz_pipelines.core.errors import InvalidInputError

MOST_PARTS: Final = 20
LONGEST_NAME: Final = 100


class MalformedFormError(InvalidInputError):
    """A body that is no multipart form, or ends before its end."""


@dataclass(frozen=True)
class PartBegins:
    """`file_name` is None for a field that is no file. Bytes that are no UTF-8 are surrogates."""

    name: str
    file_name: str | None


@dataclass(frozen=True)
class PartData:
    data: bytes


@dataclass(frozen=True)
class PartEnds:
    pass


Event = PartBegins | PartData | PartEnds


class Form:
    """Feed it what arrives; it gives what that means."""

    def __init__(self, content_type: str) -> None:
        _, options = parse_options_header(content_type)
        boundary = options.get(b"boundary")
        if not boundary:
            raise MalformedFormError("The Content-Type names no boundary.")
        self._events: list[Event] = []
        self._parts = 0
        self._is_complete = False
        self._header = (bytearray(), bytearray())
        self._disposition = ""
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._part_begins,
                    "on_header_field": lambda data, start, end: self._name.extend(data[start:end]),
                    "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
                    "on_header_end": self._header_ends,
                    "on_headers_finished": self._headers_end,
                    "on_part_data": lambda data, start, end: self._tell(PartData(data[start:end])),
                    "on_part_end": lambda: self._tell(PartEnds()),
                    "on_end": self._end,
                },
            )
        except FormParserError as error:
            raise MalformedFormError("The boundary is too long.") from error

    def feed(self, data: bytes) -> list[Event]:
        try:
            self._parser.write(data)
        except FormParserError as error:
            raise MalformedFormError("The body is no multipart form.") from error
        events, self._events = self._events, []
        return events

    def finish(self) -> None:
        if not self._is_complete:
            raise MalformedFormError("The body ends before its form does.")

    @property
    def _name(self) -> bytearray:
        return self._header[0]

    @property
    def _value(self) -> bytearray:
        return self._header[1]

    def _part_begins(self) -> None:
        self._parts += 1
        if self._parts > MOST_PARTS:
            raise MalformedFormError(f"The form has more than {MOST_PARTS} parts.")
        self._disposition = ""
        self._header = (bytearray(), bytearray())

    def _header_ends(self) -> None:
        if self._name.lower() == b"content-disposition":
            self._disposition = self._value.decode("latin-1")
        self._header = (bytearray(), bytearray())

    def _headers_end(self) -> None:
        kind, options = parse_options_header(self._disposition)
        name = options.get(b"name")
        if kind != b"form-data" or name is None:
            raise MalformedFormError("A part of the form has no name.")
        file_name = options.get(b"filename")
        self._tell(
            PartBegins(
                name.decode("utf-8", "replace")[:LONGEST_NAME],
                None if file_name is None else file_name.decode("utf-8", "surrogateescape"),
            )
        )

    def _tell(self, event: Event) -> None:
        self._events.append(event)

    def _end(self) -> None:
        self._is_complete = True
