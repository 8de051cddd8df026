"""Administrators who get in each other's way."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from dataviz_pipelines.core.accounts.administration import change_user, create_user
from dataviz_pipelines.core.accounts.errors import LastAdminError
from dataviz_pipelines.core.crud.errors import DuplicateRowError
from dataviz_pipelines.core.security.caller import Caller
from tests.core.accounts.conftest import Somebodies
from tests.core.accounts.somebody import fetched

Callers = Callable[[UUID], Caller]


WAITING = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND wait_event_type = 'Lock'
"""


def wait_until_waiting(engine: Engine, many: int) -> None:
    deadline = time.monotonic() + 20
    while fetched(engine, WAITING) != [many]:
        assert time.monotonic() < deadline, "nobody waits for anybody"
        time.sleep(0.01)


@pytest.mark.parametrize("values", [{"is_active": False}, {"is_admin": False}])
def test_two_administrators_who_remove_each_other_at_once_leave_one(
    app_engine: Engine, somebody: Somebodies, caller_for: Callers, values: dict[str, Any]
) -> None:
    ada, eve = (somebody(f"{name}@example.org", is_admin=True) for name in ("ada", "eve"))
    callers = [caller_for(ada.id), caller_for(eve.id)]

    def remove(caller: Caller, other: UUID) -> bool:
        try:
            with app_engine.begin() as connection:
                change_user(connection, caller, other, values)
        except LastAdminError:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        with app_engine.begin() as connection:
            connection.execute(text("SELECT FROM users FOR UPDATE"))
            both = [
                pool.submit(remove, callers[0], eve.id),
                pool.submit(remove, callers[1], ada.id),
            ]
            wait_until_waiting(app_engine, 2)
        found = [each.result() for each in both]
    assert sorted(found) == [False, True]
    assert fetched(app_engine, "SELECT count(*) FROM users WHERE is_admin AND is_active") == [1]


def test_of_two_accounts_with_one_address_at_once_one_is_made(
    app_engine: Engine, somebody: Somebodies, caller_for: Callers
) -> None:
    admin = caller_for(somebody("admin@example.org", is_admin=True).id)

    def create(email: str) -> bool:
        try:
            with app_engine.begin() as connection:
                create_user(connection, admin, {"email": email})
        except DuplicateRowError:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        found = list(
            pool.map(create, ["ada@example.org", "Ada@example.org", "ADA@example.org"] * 2)
        )
    assert found.count(True) == 1
