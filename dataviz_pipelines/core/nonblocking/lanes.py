"""The connections of an event loop: so few that the database is busy and not crowded, each lent to one greenlet at a time."""

from asyncio import CancelledError, Future, get_running_loop
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, NamedTuple, cast

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


class Lane(NamedTuple):
    connection: Connection
    statements: Statements


class Lanes:
    """`engine` is an asynchronous one's `sync_engine`, in autocommit. Used in greenlets, as an engine is in threads."""

    def __init__(self, engine: Engine, *, most: int) -> None:
        self._engine = engine
        self._free = most
        self._idle: list[Lane] = []
        self._waiting: deque[Future[None]] = deque()

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """Each statement stands alone."""
        lane = self._take()
        try:
            yield lane.connection
        finally:
            self._give_back(lane)

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """One transaction, as `Engine.begin` has it."""
        connection, statements = lane = self._take()
        try:
            statements.begin()
            yield connection
            with driver_errors_translated(connection, "COMMIT"):
                statements.commit()
        except BaseException:
            statements.rollback()
            raise
        finally:
            self._give_back(lane)

    def dispose(self) -> None:
        for lane in self._idle:
            lane.connection.close()
        self._idle.clear()
        self._engine.dispose()

    def _take(self) -> Lane:
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

    def _give_back(self, lane: Lane) -> None:
        """To whoever waits for longest. What is not as it was is closed."""
        try:
            if lane.statements.settle():
                self._idle.append(lane)
            else:
                lane.connection.invalidate()
                lane.connection.close()
        finally:
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
            was_given = turn.done() and not turn.cancelled() and turn.exception() is None
            if was_given:
                self._pass_on()
            raise
        finally:
            timer.cancel()

    def _connected(self) -> Lane:
        connection = self._engine.connect()
        driver = cast(AsyncConnection[Any], connection.connection.driver_connection)
        statements = Statements(driver)
        return Lane(connection.execution_options(**{_OPTION: statements}), statements)


def _give_up(turn: "Future[None]") -> None:
    if not turn.done():
        turn.set_exception(PoolTimeoutError("no connection to the database became free"))
