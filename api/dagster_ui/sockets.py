"""Subscriptions to Dagster's GraphQL: the logs of a run as they are written, and what changes in the workspace.

The protocol is Apollo's old `graphql-ws`, the one that Dagster speaks.
"""

import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

import anyio
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState
from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect as open_socket
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.typing import Subprotocol

from api.dagster_ui.errors import GraphQLRequestError
from api.dagster_ui.graphql import FOLLOWS, GraphQLRequest, read_json
from api.dagster_ui.upstream import Upstream
from api.dagster_ui.visits import OPERATE, Visit
from dataviz_pipelines.core.errors import DatavizError
from dataviz_pipelines.core.settings import DAGSTER_PATH, READ_ONLY_HEADER

PROTOCOL: Final = Subprotocol("graphql-ws")
LOOK_AGAIN_S: Final = 20.0
NORMAL, UNREADABLE, REFUSED, BROKEN, LATER = 1000, 1003, 1008, 1011, 1013
_PLAIN_TYPES: Final = frozenset({"connection_init", "connection_terminate", "stop"})
_LONGEST_ANSWER_BYTES: Final = 64 * 1024 * 1024
_NAME: Final = "operation_name"  # what Dagster reads, whatever the protocol says
logger = logging.getLogger(__name__)


async def follow(websocket: WebSocket, visit: Visit) -> None:
    """Lasts until one side leaves, or the person may no longer look."""
    try:
        caller = await visit.caller()
    except DatavizError:
        await websocket.close(REFUSED)
        return
    try:
        upstream = await _open(visit.upstream, read_only=not caller.may(OPERATE))
    except (OSError, WebSocketException):
        await websocket.close(LATER)
        return
    async with upstream:
        await websocket.accept(subprotocol=PROTOCOL)
        code = await _Relay(websocket, upstream, visit).run()
    if websocket.client_state is WebSocketState.CONNECTED:
        await websocket.close(code)


async def _open(upstream: Upstream, *, read_only: bool) -> ClientConnection:
    return await open_socket(
        f"ws://{upstream.authority}{DAGSTER_PATH}/graphql",
        subprotocols=[PROTOCOL],
        additional_headers={READ_ONLY_HEADER: "1"} if read_only else {},
        max_size=_LONGEST_ANSWER_BYTES,
        proxy=None,
    )


@dataclass(frozen=True)
class _Relay:
    """Each of its three tasks ends with the code with which the socket is then closed."""

    websocket: WebSocket
    upstream: ClientConnection
    visit: Visit

    async def run(self) -> int:
        codes: list[int] = []

        async def until_done(task: Callable[[], Awaitable[int]]) -> None:
            codes.append(await task())
            group.cancel_scope.cancel()

        async with anyio.create_task_group() as group:
            for task in (self._to_dagster, self._from_dagster, self._watch):
                group.start_soon(until_done, task)
        return codes[0]

    async def _to_dagster(self) -> int:
        try:
            while True:
                await self._take(read_json(await self.websocket.receive_text()))
        except (WebSocketDisconnect, ConnectionClosed):
            return NORMAL
        except (GraphQLRequestError, KeyError):  # KeyError: bytes instead of text
            return UNREADABLE

    async def _take(self, message: Any) -> None:
        kind = message.get("type") if isinstance(message, dict) else None
        passed = {"type": kind, "id": message.get("id")} if kind else {}
        if kind == "start":
            asked = GraphQLRequest.of(message.get("payload"), name=_NAME)
            if not asked.operations.kinds <= FOLLOWS:
                await self._refuse(asked, passed["id"])
                return
            passed["payload"] = asked.values(name=_NAME)
        elif kind not in _PLAIN_TYPES:
            raise GraphQLRequestError("The message is not one of the protocol.")
        await self.upstream.send(json.dumps(passed))

    async def _refuse(self, asked: GraphQLRequest, identifier: Any) -> None:
        """Nobody changes anything over a socket; Dagster's pages do not either."""
        refusal = await self.visit.refuse(asked.operations.fields)
        answer = {"type": "error", "id": identifier, "payload": refusal.graphql()}
        await self.websocket.send_json(answer)

    async def _from_dagster(self) -> int:
        try:
            async for message in self.upstream:
                await self.websocket.send_text(str(message))
        except (ConnectionClosed, WebSocketDisconnect):
            return BROKEN
        return NORMAL

    async def _watch(self) -> int:
        """Whoever logs out, or loses the role, sees no more."""
        while True:
            await anyio.sleep(LOOK_AGAIN_S)
            try:
                await self.visit.look_again()
            except DatavizError:
                return REFUSED
            except Exception:
                logger.exception("Whether a socket to Dagster may stay open could not be found out")
                return BROKEN
