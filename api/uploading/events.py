"""An upload as server-sent events: each change, then the end."""

import time
from collections.abc import AsyncIterator
from typing import Final
from uuid import UUID

from api.schemas.uploads import UploadState
from api.uploading.places import Places
from api.uploading.watching import Watch
from dataviz_pipelines.core.ingestion.uploading.store import State

HEARTBEAT_S: Final = 10.0
LONGEST_S: Final = 300.0  # then a client asks again, with its log-in, and goes on where it was
_RETRY: Final = b"retry: 1000\n\n"
_HEARTBEAT: Final = b": still here\n\n"


def event_id(state: State) -> str:
    return f"{int(state.updated_at.timestamp() * 1_000_000):x}"


async def events(
    watch: Watch, streams: Places, state: State, *, user_id: UUID, last_id: str | None
) -> AsyncIterator[bytes]:
    """From `state` on, unless the client says that it has it, up to the end of the upload."""
    ends_at = time.monotonic() + LONGEST_S
    with streams.taken(user_id), watch.following(state.id) as follower:
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
