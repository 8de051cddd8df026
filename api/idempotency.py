"""The header Idempotency-Key: what creates something can be sent again after a lost answer, and creates it once.

Not for answers that hold a secret, such as a new API key: they are kept as they are.
"""

import hashlib
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends, Header, Request
from sqlalchemy import Connection
from starlette.responses import Response

from api.deps import Edge, Work
from dataviz_pipelines.core.crud.idempotency import Answer, answer_once
from dataviz_pipelines.core.security.caller import Caller

REPLAY_HEADER: Final = "Idempotent-Replay"
_KEPT_HEADERS: Final = ("content-type", "etag", "location")


@dataclass(frozen=True)
class Repeatable:
    """A request by what makes it the same as another. `key` is None when its sender does not mean to repeat it."""

    key: str | None
    request_hash: str

    def write(self, edge: Edge, work: Work[Response]) -> Response:
        """`edge.write`, but `work` is done once for a key."""
        if self.key is None:
            return edge.write(work)
        return _response(edge.write(self._once(work, self.key)))

    def _once(self, work: Work[Response], key: str) -> Work[Answer]:
        def once(connection: Connection, caller: Caller) -> Answer:
            return answer_once(
                connection,
                caller,
                lambda: _answer(work(connection, caller)),
                key=key,
                request_hash=self.request_hash,
            )

        return once


async def _repeatable(
    request: Request,
    idempotency_key: Annotated[
        str | None,
        Header(
            min_length=1,
            max_length=255,
            pattern=r"^[!-~]+$",
            description="The same key with the same request: the answer of the first time, for a day.",
        ),
    ] = None,
) -> Repeatable:
    if idempotency_key is None:
        return Repeatable(None, "")
    asked = f"{request.method} {request.url.path}?{request.url.query}\n".encode()
    return Repeatable(idempotency_key, hashlib.sha256(asked + await request.body()).hexdigest())


Once = Annotated[Repeatable, Depends(_repeatable)]


def _answer(response: Response) -> Answer:
    headers = {name: value for name, value in response.headers.items() if name in _KEPT_HEADERS}
    return Answer(response.status_code, headers, bytes(response.body).decode())


def _response(answer: Answer) -> Response:
    headers = {**answer.headers, REPLAY_HEADER: "true"} if answer.is_replay else answer.headers
    return Response(answer.body, status_code=answer.status, headers=dict(headers))
