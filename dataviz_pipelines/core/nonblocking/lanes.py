"""The connections of an event loop: so few that the database is busy and not crowded, each lent to one greenlet at a time."""

from asyncio import CancelledError, Future, get_running_loop
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, cast

from psycopg import AsyncConnection
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.util import await_

from dataviz_pipelines.core.driver_errors import driver_errors_translated
from dataviz_pipelines.core.nonblocking.statements import Statements

_LONGEST_WAIT_S: Final = 10.0
_OPTION: Final = "dataviz_statements"


def statements_of(connection: Connection) -> Statements | None:
    """Those of a connection of an event loop; None of any other."""
    found: Statements | None = connection.get_execution_options().get(_OPTION)
    return found


class Lanes:
    """`engine` is an asynchronous one's `sync_engine`, in autocommit. Used in greenlets, as an engine is in threads."""

    def __init__(self, engine: Engine, *, most: int) -> None:
        self._engine = engine
        self._free = most
        self._idle: list[Connection] = []
        self._waiting: deque[Future[None]] = deque()

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """Each statement stands alone."""
        connection = self._take()
        try:
            yield connection
        finally:
            self._give_back(connection)

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """One transaction, as `Engine.begin` has it."""
        with self.connect() as connection:
            statements = statements_of(connection)
            assert statements is not None  # noqa: S101  # given in _connected
            statements.begin()
            try:
                yield connection
            except BaseException:
                statements.rollback()
                raise
            with driver_errors_translated(connection, "COMMIT"):
                statements.commit()

    def dispose(self) -> None:
        for connection in self._idle:
            connection.close()
        self._idle.clear()
        self._engine.dispose()

    def _take(self) -> Connection:
        if self._free > 0:
            self._free -= 1
        else:
            self._wait()
        if self._idle:
            return self._idle.pop()
        try:
            return self._connected()
        except BaseException:
            self._pass_on()
            raise

    def _give_back(self, connection: Connection) -> None:
        """To whoever waits for longest. What is not as it was is closed."""
        statements = statements_of(connection)
        if statements is not None and statements.settle():
            self._idle.append(connection)
        else:
            connection.invalidate()
            connection.close()
        self._pass_on()

    def _pass_on(self) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1

    def _wait(self) -> None:
        loop = get_running_loop()
        turn: Future[None] = loop.create_future()
        timer = loop.call_later(_LONGEST_WAIT_S, _give_up, turn)
        self._waiting.append(turn)
        try:
            await_(turn)
        except CancelledError:
            if turn.done() and not turn.cancelled():
                self._pass_on()
            raise
        finally:
            timer.cancel()

    def _connected(self) -> Connection:
        connection = self._engine.connect()
        driver = cast(AsyncConnection[Any], connection.connection.driver_connection)
        return connection.execution_options(**{_OPTION: Statements(driver)})


def _give_up(turn: "Future[None]") -> None:
    if not turn.done():
        turn.set_exception(PoolTimeoutError("no connection to the database became free"))
