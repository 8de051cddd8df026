"""An upload as server-sent events: each change, then the end."""

import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Final
from uuid import UUID

from api.schemas.uploads import UploadState
from api.uploading.watching import Watch
from dataviz_pipelines.core.errors import ThrottledError
from dataviz_pipelines.core.ingestion.uploading.store import State

MOST_STREAMS: Final = 200
MOST_OF_ONE_PERSON: Final = 20
HEARTBEAT_S: Final = 10.0
LONGEST_S: Final = 300.0  # then a client asks again, with its log-in, and goes on where it was
_RETRY: Final = b"retry: 1000\n\n"
_HEARTBEAT: Final = b": still here\n\n"


class TooManyStreamsError(ThrottledError):
    """More are followed at once than is reasonable."""


class Streams:
    """How many there are, by whom."""

    def __init__(self) -> None:
        self._open: Counter[UUID] = Counter()

    def require_room(self, user_id: UUID) -> None:
        if self._open.total() >= MOST_STREAMS or self._open[user_id] >= MOST_OF_ONE_PERSON:
            raise TooManyStreamsError(
                "Too many uploads are being followed.",
                retry_after_s=5,
                remedy="Close some, or read the upload itself now and then.",
            )

    @contextmanager
    def counted(self, user_id: UUID) -> Iterator[None]:
        self._open[user_id] += 1
        try:
            yield
        finally:
            self._open[user_id] -= 1
            if not self._open[user_id]:
                del self._open[user_id]


def event_id(state: State) -> str:
    return f"{int(state.updated_at.timestamp() * 1_000_000):x}"


async def events(
    watch: Watch, streams: Streams, state: State, *, user_id: UUID, last_id: str | None
) -> AsyncIterator[bytes]:
    """From `state` on, unless the client says that it has it, up to the end of the upload."""
    ends_at = time.monotonic() + LONGEST_S
    with streams.counted(user_id), watch.following(state.id) as follower:
        yield _RETRY
        if event_id(state) != last_id:
            yield _event(state)
        while not state.is_final and time.monotonic() < ends_at:
            changed = await follower.next(timeout_s=HEARTBEAT_S)
            if changed is None:
                yield _HEARTBEAT
            elif changed.updated_at != state.updated_at:
                state = changed
                yield _event(state)


def _event(state: State) -> bytes:
    name = "finished" if state.is_final else "progress"
    data = UploadState.of(state).model_dump_json()
    return f"id: {event_id(state)}\nevent: {name}\ndata: {data}\n\n".encode()
