"""Who asks for something of Dagster's, and whether they may."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeVar
from urllib.parse import quote

from anyio import to_thread
from sqlalchemy import Connection
from starlette.requests import HTTPConnection

from api.dagster_ui.errors import MayNotOperateError
from api.dagster_ui.upstream import Upstream
from api.deps import Edge, Requires
from api.origin import credential_of
from dataviz_pipelines.core.accounts.identity import identify
from dataviz_pipelines.core.security.caller import Caller

VIEW: Final = "pipelines:view"
OPERATE: Final = "pipelines:operate"
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Visit:
    """The database is asked in threads of their own few, so that the many requests of a page leave the API its own."""

    connection: HTTPConnection

    @property
    def upstream(self) -> Upstream:
        found: Upstream = self.connection.app.state.dagster
        return found

    async def caller(self, needs: str = VIEW) -> Caller:
        """Raises NotLoggedInError, or PermissionDeniedError, which the audit then has."""
        return await self._in_thread(partial(self._edge(needs).read, _themselves))

    async def refuse(self, names: tuple[str, ...]) -> MayNotOperateError:
        """The error, noted in the audit."""
        try:
            await self._in_thread(partial(self._edge(VIEW).read, partial(_refuse, names=names)))
        except MayNotOperateError as error:
            return error
        raise AssertionError("unreachable")  # pragma: no cover

    async def look_again(self) -> None:
        """Whether they still may, without counting as a use: the person may have left long ago."""
        await self._in_thread(self._look_again)

    def _look_again(self) -> None:
        edge = self._edge(VIEW)
        with edge.reading.connect() as connection:
            caller = identify(connection, edge.credential, acting=False).caller
        caller.require(VIEW)

    async def _in_thread(self, work: Callable[[], Answer]) -> Answer:
        return await to_thread.run_sync(work, limiter=self.upstream.limiter)

    def _edge(self, needs: str) -> Edge:
        state, scope = self.connection.app.state, self.connection.scope
        return Edge(
            engine=state.engine,
            reading=state.reading,
            credential=credential_of(self.connection),
            permission=needs,
            rows=False,
            route=f"{scope.get('method', 'WEBSOCKET')} {scope['path']}",
        )


class Visits(Requires):
    """Who asks is looked up by the handler, which sends a person who is not logged in to the page where they can."""

    def __init__(self) -> None:
        super().__init__(VIEW)

    async def __call__(self, connection: HTTPConnection) -> Visit:  # type: ignore[override]  # sockets have no request
        return Visit(connection)


def is_for_a_person(connection: HTTPConnection) -> bool:
    """Whether a browser shows the answer as a page."""
    headers = connection.headers
    mode = headers.get("sec-fetch-mode", "navigate")
    return mode == "navigate" and "text/html" in headers.get("accept", "")


def log_in_address(connection: HTTPConnection) -> str:
    url = connection.url
    wanted = f"{url.path}?{url.query}" if url.query else url.path
    return f"/?next={quote(wanted, safe='/')}"


def _themselves(_connection: Connection, caller: Caller) -> Caller:
    return caller


def _refuse(_connection: Connection, _caller: Caller, names: tuple[str, ...]) -> None:
    raise MayNotOperateError(names)
