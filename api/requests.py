"""What happens to every request before the application sees it: an id, and a look at what kind of body it has."""

import logging
import re
from typing import Final
from uuid import uuid4

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import problem
from api.security import add_headers

logger = logging.getLogger(__name__)

REQUEST_ID_HEADER: Final = "x-request-id"
JSON: Final = "application/json"
FORM: Final = "multipart/form-data"
_REQUEST_ID_NAME: Final = REQUEST_ID_HEADER.encode()
_REQUEST_ID: Final = re.compile(r"^[\w.:-]{1,64}$", re.ASCII)


class EveryRequest:
    """Takes the request's id from whoever made one, makes one otherwise, and sends it back, with the headers of every answer.
    Ends unexpected errors that were answered: a server that saw one would close the connection without a word of it, on which
    the caller may have sent its next request already."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        request_id = scope["request_id"] = _request_id(scope)
        is_answered = False

        async def send_with_headers(message: Message) -> None:
            nonlocal is_answered
            if message["type"] == "http.response.start":
                others = [each for each in message["headers"] if each[0] != _REQUEST_ID_NAME]
                message["headers"] = [*others, (_REQUEST_ID_NAME, request_id.encode())]
                add_headers(message, scope)
            await send(message)
            is_answered = is_answered or _is_end(message)

        try:
            await self._app(scope, receive, send_with_headers)
        except Exception:
            if not is_answered:
                raise
            logger.exception("request %s failed", request_id)


def _request_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == _REQUEST_ID_NAME:
            given: str = value.decode("latin-1")
            return given if _REQUEST_ID.match(given) else uuid4().hex
    return uuid4().hex


def _is_end(message: Message) -> bool:
    return message["type"] == "http.response.body" and not message.get("more_body", False)


class JsonOnly:
    """Bodies of the API are JSON, which pages of other sites cannot send without being asked about first. Paths under
    `other` take what they say, and `forms` are the paths of routes that take files, in forms."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        prefix: str,
        other: tuple[str, ...] = (),
        forms: frozenset[str] = frozenset(),
    ) -> None:
        self._app = app
        self._prefix = prefix
        self._other = other
        self._forms = forms

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._applies(scope) and _has_other_body(Headers(scope=scope), self._wanted(scope)):
            wanted = self._wanted(scope)
            name = "a form" if wanted == FORM else "JSON"
            answer = problem(415, f"The body is not {name}.", remedy=f"Send it as {wanted}.")
            await answer(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _wanted(self, scope: Scope) -> str:
        return FORM if scope["path"] in self._forms else JSON

    def _applies(self, scope: Scope) -> bool:
        path = scope.get("path", "")
        return (
            scope["type"] == "http"
            and path.startswith(self._prefix)
            and not path.startswith(self._other)
        )


def _has_other_body(headers: Headers, wanted: str) -> bool:
    has_body = headers.get("content-length", "0") != "0" or "transfer-encoding" in headers
    return has_body and headers.get("content-type", "").partition(";")[0].strip().lower() != wanted
