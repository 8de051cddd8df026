"""Takes a form with a file in it: fields as they come, the file to disk, and all of it or nothing on record."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from functools import partial
from pathlib import Path
from typing import Final
from uuid import UUID

from fastapi import HTTPException, Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool

from api.deps import Edge
from api.schemas.uploads import UploadForm
from api.uploading.form import Event, Form, PartBegins, PartData
from api.uploading.places import Places
from dataviz_pipelines.core.ingestion.kinds import kind_of
from dataviz_pipelines.core.ingestion.uploading.accepting import (
    Wish,
    accept,
    admit,
    largest_bytes,
)
from dataviz_pipelines.core.ingestion.uploading.errors import InvalidUploadError
from dataviz_pipelines.core.ingestion.uploading.receiving import MIB, ReceivedFile, too_large
from dataviz_pipelines.core.models.ids import new_id
from dataviz_pipelines.core.security.caller import Caller

SILENCE_S: Final = 60.0
ASK_AGAIN_S: Final = 60.0
FIELD_BYTES: Final = 1_000
FORM_BYTES: Final = 64 * 1024  # what a form may have beside its file
BUFFER_BYTES: Final = MIB
FILE_FIELD: Final = "file"


class Reception:
    """One request. As a context manager: what it does not put on record leaves nothing on the disk."""

    def __init__(self, edge: Edge, received: Path, *, largest: int) -> None:
        self._edge = edge
        self._received = received
        self._largest = largest
        self._fields: dict[str, bytearray] = {}
        self._part: str = ""
        self._file: ReceivedFile | None = None
        self._buffer = bytearray()

    def __enter__(self) -> "Reception":
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.discard_unless_kept()

    async def take(self, event: Event) -> None:
        if isinstance(event, PartBegins):
            await self._begin(event)
        elif isinstance(event, PartData):
            await self._add(event.data)
        elif self._part == FILE_FIELD:
            await self._flush()

    def put_on_record(self) -> ReceivedFile:
        """Blocks. Raises InvalidUploadError, UnreadableFileError for content that contradicts the name, and what
        `admit` raises."""
        if self._file is None:
            raise InvalidUploadError("There is no file.", place=f"/{FILE_FIELD}")
        file, wish = self._file, self._wish()
        file.seal()
        kind_of(file.path)
        file.keep()  # from here on, this thread decides, whatever becomes of the request
        try:
            self._edge.write(partial(_accept, file=file, wish=wish))
        except BaseException:
            file.discard()
            raise
        return file

    async def _begin(self, part: PartBegins) -> None:
        is_file = part.file_name is not None
        if part.name in self._fields or (is_file and self._file is not None):
            raise InvalidUploadError("It is there twice.", place=f"/{part.name}")
        if is_file != (part.name == FILE_FIELD):
            message = "It must be a file." if part.name == FILE_FIELD else "It must not be a file."
            raise InvalidUploadError(message, place=f"/{part.name}")
        self._part = part.name
        if part.file_name is None:
            self._fields[part.name] = bytearray()
            return
        max_bytes = await self._most_bytes()
        self._file = ReceivedFile(self._received, new_id(), part.file_name, max_bytes=max_bytes)

    async def _most_bytes(self) -> int:
        """The template's limit, if the form has named it before the file; else the platform's, for the time being."""
        wish = self._wish()
        if not wish.names_template:
            return self._largest
        admission = await run_in_threadpool(self._edge.read, partial(admit, wish=wish))
        return admission.max_bytes

    async def _add(self, data: bytes) -> None:
        if self._part != FILE_FIELD:
            value = self._fields[self._part]
            value += data
            if len(value) > FIELD_BYTES:
                raise InvalidUploadError("It is too long.", place=f"/{self._part}")
            return
        self._buffer += data
        if len(self._buffer) >= BUFFER_BYTES:
            await self._flush()

    async def _flush(self) -> None:
        assert self._file is not None  # noqa: S101  # its part has begun
        data, self._buffer = self._buffer, bytearray()
        await run_in_threadpool(self._file.write, data)

    def _wish(self) -> Wish:
        values = {name: _text(name, value) for name, value in self._fields.items()}
        try:
            form = UploadForm.model_validate(values)
        except ValidationError as error:
            raise RequestValidationError(_within_body(error), body=values) from error
        return Wish(form.template_id, form.template, form.resend_of, form.dry_run)


async def receive(request: Request, edge: Edge, *, received: Path, places: Places) -> ReceivedFile:
    """The file, on record and durable. Raises FileTooLargeError no later than a chunk after the limit."""
    user_id, largest = await run_in_threadpool(edge.read, _sender)
    _refuse_announced(request, largest)
    places.require_one(user_id)
    with places.taken(user_id), Reception(edge, received, largest=largest) as reception:
        form = Form(request.headers.get("content-type", ""))
        async for data in _chunks(request, edge):
            for event in form.feed(data):
                await reception.take(event)
        form.finish()
        return await run_in_threadpool(reception.put_on_record)


def _sender(connection: Connection, caller: Caller) -> tuple[UUID, int]:
    return caller.user_id, largest_bytes(connection, caller)


def _accept(connection: Connection, caller: Caller, *, file: ReceivedFile, wish: Wish) -> None:
    admission = admit(connection, caller, wish)
    file.require_at_most(admission.max_bytes)
    accept(connection, caller, file, wish, admission.template)


def _refuse_announced(request: Request, largest: int) -> None:
    """Politeness: nothing is believed that is announced, but what announces itself as too large need not come."""
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > largest + FORM_BYTES:
        raise too_large(largest)


async def _chunks(request: Request, edge: Edge) -> AsyncIterator[bytes]:
    """While they come, the session is in use; once it is ended, no more are taken."""
    stream = request.stream()
    asked_at = time.monotonic()
    while True:
        try:
            async with asyncio.timeout(SILENCE_S):
                data = await anext(stream)
        except StopAsyncIteration:
            return
        except TimeoutError as error:
            message = f"Nothing has come for {SILENCE_S:.0f} seconds."
            raise HTTPException(408, message, headers={"Connection": "close"}) from error
        if time.monotonic() - asked_at > ASK_AGAIN_S:
            await run_in_threadpool(edge.caller)
            asked_at = time.monotonic()
        yield data


def _text(name: str, value: bytearray) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError as error:
        raise InvalidUploadError("It is not UTF-8.", place=f"/{name}") from error


def _within_body(error: ValidationError) -> list[Mapping[str, object]]:
    return [{**each, "loc": ("body", *each["loc"])} for each in error.errors(include_url=False)]
