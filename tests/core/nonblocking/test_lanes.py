"""Lanes: no greenlet holds up another, and what breaks is replaced."""

import asyncio
from typing import Any

import pytest
import uvloop
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.util import greenlet_spawn

from dataviz_pipelines.core.db import create_lanes, database_urls
from dataviz_pipelines.core.nonblocking import lanes as module
from dataviz_pipelines.core.nonblocking.lanes import Lanes
from dataviz_pipelines.core.nonblocking.pausing import pause
from dataviz_pipelines.core.settings import Settings
from dataviz_pipelines.core.sql import execute
from tests.core.nonblocking.conftest import OnLoop

PID = "SELECT pg_backend_pid()"


@pytest.fixture
def made(database_settings: Settings) -> Any:
    return lambda most: create_lanes(
        database_urls(database_settings).app, application_name="test lanes", most=most
    )


def _pid(lanes: Lanes) -> int:
    with lanes.connect() as connection:
        return int((execute(connection, PID, {}).fetchone() or (0,))[0])


def test_who_waits_for_a_row_holds_up_nobody_and_gets_it(made: Any) -> None:
    """Both are greenlets of one loop: were one of them to block it, the other could never let go."""
    order: list[str] = []

    def hold(lanes: Lanes) -> None:
        with lanes.begin() as connection:
            execute(connection, "SELECT FROM roles WHERE name = 'viewer' FOR UPDATE", {})
            order.append("held")
            pause(0.2)
            order.append("let go")

    def want(lanes: Lanes) -> None:
        with lanes.begin() as connection:
            execute(connection, "SELECT FROM roles WHERE name = 'viewer' FOR UPDATE", {})
            order.append("got")

    async def main() -> None:
        lanes = made(2)
        held = asyncio.create_task(greenlet_spawn(hold, lanes))
        while not order:
            await asyncio.sleep(0.01)
        await asyncio.gather(held, greenlet_spawn(want, lanes))
        await greenlet_spawn(lanes.dispose)

    uvloop.run(main())
    assert order == ["held", "let go", "got"]


def test_more_greenlets_than_lanes_take_turns(made: Any) -> None:
    async def main() -> set[int]:
        lanes = made(2)
        found = await asyncio.gather(*(greenlet_spawn(_pid, lanes) for _ in range(40)))
        await greenlet_spawn(lanes.dispose)
        return set(found)

    assert len(uvloop.run(main())) == 2


def test_who_waits_for_long_is_told(made: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LONGEST_WAIT_S", 0.05)

    def hold(lanes: Lanes) -> int:
        with lanes.connect():
            pause(0.5)
        return 0

    async def main() -> None:
        lanes = made(1)
        held = asyncio.create_task(greenlet_spawn(hold, lanes))
        await asyncio.sleep(0.1)
        with pytest.raises(PoolTimeoutError, match="became free"):
            await greenlet_spawn(_pid, lanes)
        await held
        assert await greenlet_spawn(_pid, lanes)
        await greenlet_spawn(lanes.dispose)

    uvloop.run(main())


def test_cancelled_work_loses_no_lane(made: Any, app_engine: Engine) -> None:
    """While its statement runs, and while it waits for a lane that it is just being given."""

    def sleep(lanes: Lanes) -> None:
        with lanes.begin() as connection:
            execute(connection, "INSERT INTO roles (name, permissions) VALUES ('lost', '[]')", {})
            execute(connection, "SELECT pg_sleep(20)", {})

    async def main() -> None:
        lanes = made(1)
        for _ in range(3):
            running = asyncio.create_task(greenlet_spawn(sleep, lanes))
            waiting = asyncio.create_task(greenlet_spawn(_pid, lanes))
            await asyncio.sleep(0.2)
            running.cancel()
            waiting.cancel()
            for task in (running, waiting):
                with pytest.raises(asyncio.CancelledError):
                    await task
        assert await asyncio.wait_for(greenlet_spawn(_pid, lanes), 10)
        await greenlet_spawn(lanes.dispose)

    uvloop.run(main())
    with app_engine.connect() as connection:
        assert not execute(connection, "SELECT FROM roles WHERE name = 'lost'", {}).fetchall()


def test_who_is_cancelled_just_when_told_that_it_was_too_long_frees_nothing(made: Any) -> None:
    def hold(lanes: Lanes) -> None:
        with lanes.connect():
            pause(0.3)

    async def main() -> int:
        lanes = made(1)
        held = asyncio.create_task(greenlet_spawn(hold, lanes))
        waiting = asyncio.create_task(greenlet_spawn(_pid, lanes))
        while not lanes._waiting:
            await asyncio.sleep(0.01)
        module._give_up(lanes._waiting[0])
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await held
        free: int = lanes._free
        await greenlet_spawn(lanes.dispose)
        return free

    assert uvloop.run(main()) == 1


def test_a_lost_connection_is_told_and_replaced(on_loop: OnLoop, owner_engine: Engine) -> None:
    def work(lanes: Lanes) -> None:
        first = _pid(lanes)
        with owner_engine.connect() as connection:
            connection.execute(text(f"SELECT pg_terminate_backend({first}, 5000)"))
        with pytest.raises(DBAPIError) as caught, lanes.begin() as lost:
            execute(lost, PID, {})
        assert caught.value.connection_invalidated
        assert _pid(lanes) != first

    on_loop(work)


def test_a_connection_in_a_transaction_is_not_given_to_another(on_loop: OnLoop) -> None:
    def work(lanes: Lanes) -> tuple[int, int]:
        with lanes.connect() as connection:
            execute(connection, "BEGIN", {})
            left = int((execute(connection, PID, {}).fetchone() or (0,))[0])
        return left, _pid(lanes)

    left, other = on_loop(work)
    assert left != other
