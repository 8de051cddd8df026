"""Administrators who get in each other's way."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine

from dataviz_pipelines.core.accounts.administration import change_user, create_user
from dataviz_pipelines.core.accounts.errors import LastAdminError
from dataviz_pipelines.core.crud.errors import DuplicateRowError
from dataviz_pipelines.core.security.caller import Caller
from tests.core.accounts.conftest import Somebodies
from tests.core.accounts.somebody import fetched

Callers = Callable[[UUID], Caller]


@pytest.mark.parametrize("values", [{"is_active": False}, {"is_admin": False}])
def test_two_administrators_who_remove_each_other_at_once_leave_one(
    app_engine: Engine, somebody: Somebodies, caller_for: Callers, values: dict[str, Any]
) -> None:
    ada, eve = (somebody(f"{name}@example.org", is_admin=True) for name in ("ada", "eve"))
    callers = [caller_for(ada.id), caller_for(eve.id)]
    both_are_known = Barrier(2)

    def remove(caller: Caller, other: UUID) -> bool:
        both_are_known.wait(timeout=20)
        try:
            with app_engine.begin() as connection:
                change_user(connection, caller, other, values)
        except LastAdminError:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(remove, callers, [eve.id, ada.id]))
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
