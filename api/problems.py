"""Problem documents (RFC 9457): the one shape in which anything that goes wrong is answered."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi.responses import JSONResponse
from starlette.types import Receive, Scope, Send

MEDIA_TYPE = "application/problem+json"


class ProblemResponse(JSONResponse):
    """Carries the id of the request that it answers."""

    media_type = MEDIA_TYPE

    def __init__(
        self, content: dict[str, Any], status_code: int, headers: Mapping[str, str] | None
    ) -> None:
        self._content = content
        super().__init__(content, status_code, headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.body = self.render(self._content | {"request_id": scope.get("request_id")})
        self.headers["content-length"] = str(len(self.body))
        await super().__call__(scope, receive, send)


def problem(
    status: int,
    detail: str,
    *,
    kind: str = "about:blank",
    remedy: str | None = None,
    errors: Sequence[Mapping[str, str]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> ProblemResponse:
    """`kind` becomes `type`: a stable URN for errors of ours, `about:blank` where the status says it all."""
    content = {
        "type": kind,
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    if remedy is not None:
        content["remedy"] = remedy
    if errors is not None:
        content["errors"] = list(errors)
    return ProblemResponse(content, status, headers)
