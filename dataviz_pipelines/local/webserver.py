"""Dagster's webserver as this platform runs it: `python -m dataviz_pipelines.local.webserver WORKSPACE_FILE PORT`.

Dagster's own command is read-only for everybody or for nobody, knows no log-in, and believes whatever page sends it a
request. This one serves this machine only, refuses the pages of other sites, and is read-only for the requests that the
API marks so: then Dagster itself refuses changes, and its pages show the buttons disabled.
"""

import sys
from typing import Final
from urllib.parse import urlsplit

import uvicorn
from dagster import DagsterInstance
from dagster._core.workspace.context import WorkspaceProcessContext, WorkspaceRequestContext
from dagster._core.workspace.load_target import WorkspaceFileTarget
from dagster_webserver.app import create_app_from_workspace_process_context
from dagster_webserver.version import __version__
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from dataviz_pipelines.core.settings import DAGSTER_PATH, READ_ONLY_HEADER
from dataviz_pipelines.local.ports import LOOPBACK

_POLL_MS: Final = 2_000
_NAMES_OF_THIS_MACHINE: Final = [LOOPBACK, "localhost"]


class ReadOnlyWhenAsked(WorkspaceProcessContext):
    def create_request_context(self, source: object | None = None) -> WorkspaceRequestContext:
        return WorkspaceRequestContext(
            instance=self.instance,
            current_workspace=self.get_current_workspace(),
            process_context=self,
            version=self.version,
            source=source,
            read_only=isinstance(source, HTTPConnection) and READ_ONLY_HEADER in source.headers,
        )


class OwnPagesOnly:
    """A page of any site can make a browser on this machine send requests here; only following a link is harmless."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket") and _is_of_another_site(scope):
            refusal = PlainTextResponse("The request comes from another site.", status_code=403)
            await refusal(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _is_of_another_site(scope: Scope) -> bool:
    headers = Headers(scope=scope)
    origin = headers.get("origin")
    if origin is not None:
        return urlsplit(origin).netloc != headers.get("host")
    follows_link = scope.get("method") == "GET" and headers.get("sec-fetch-mode") == "navigate"
    return headers.get("sec-fetch-site", "none") not in ("none", "same-origin") and not follows_link


def create_webserver(context: WorkspaceProcessContext) -> Starlette:
    app = create_app_from_workspace_process_context(context, DAGSTER_PATH, _POLL_MS)
    app.add_route("/{path:path}", _to_its_path)
    app.add_middleware(OwnPagesOnly)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=_NAMES_OF_THIS_MACHINE)
    return app


def _to_its_path(request: Request) -> RedirectResponse:
    """Dagster was at the root of its port once."""
    return RedirectResponse(request.url.replace(path=f"{DAGSTER_PATH}{request.url.path}"))


def serve(workspace_file: str, port: int) -> None:
    with (
        DagsterInstance.get() as instance,
        ReadOnlyWhenAsked(
            instance, WorkspaceFileTarget([workspace_file]), version=__version__
        ) as context,
    ):
        instance.optimize_for_webserver(
            statement_timeout=15_000, pool_recycle=3_600, max_overflow=20
        )
        uvicorn.run(create_webserver(context), host=LOOPBACK, port=port, log_level="warning")


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]))
