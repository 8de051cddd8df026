"""S13: there is no default account, and the first administrator is made once."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine

from dataviz_pipelines.core.accounts.first_admin import FIRST_EMAIL, FirstAdmin, ensure_first_admin
from dataviz_pipelines.core.accounts.login import LoginAttempt, log_in
from dataviz_pipelines.core.security.caller import Origin
from tests.core.accounts.conftest import Somebodies
from tests.core.accounts.somebody import done, fetched

USERS = "SELECT email, is_admin, is_active FROM users"


def ensure(engine: Engine) -> FirstAdmin | None:
    with engine.begin() as connection:
        return ensure_first_admin(connection)


def test_S13_setting_up_makes_no_account(owner_engine: Engine) -> None:
    assert fetched(owner_engine, USERS) == []


def test_S13_the_first_administrator_logs_in_with_the_password_that_was_shown(
    owner_engine: Engine, app_engine: Engine
) -> None:
    first = ensure(owner_engine)
    assert first is not None
    assert len(first.password) >= 22
    assert first.password not in repr(first)
    assert log_in(app_engine, LoginAttempt(first.email, first.password, Origin())).token
    assert fetched(owner_engine, USERS) == [(FIRST_EMAIL, True, True)]


def test_S13_its_password_is_kept_nowhere(owner_engine: Engine) -> None:
    first = ensure(owner_engine)
    assert first is not None
    (stored,) = fetched(owner_engine, "SELECT password_hash FROM users")
    assert stored.startswith("$2b$12$")
    everything = fetched(
        owner_engine, "SELECT users::text FROM users UNION ALL SELECT a::text FROM audit_logs AS a"
    )
    assert len(everything) >= 2
    assert first.password not in str(everything)
    assert stored not in str(fetched(owner_engine, "SELECT a::text FROM audit_logs AS a"))


def test_S13_a_second_start_makes_none_and_changes_nothing(owner_engine: Engine) -> None:
    assert ensure(owner_engine) is not None
    before = fetched(owner_engine, "SELECT users::text FROM users")
    assert ensure(owner_engine) is None
    assert fetched(owner_engine, "SELECT users::text FROM users") == before


def test_S13_of_many_starts_at_once_one_makes_it(owner_engine: Engine) -> None:
    with ThreadPoolExecutor(5) as pool:
        made = list(pool.map(lambda _: ensure(owner_engine), range(5)))
    assert len([each for each in made if each is not None]) == 1
    assert len(fetched(owner_engine, USERS)) == 1


def test_S13_whoever_can_log_in_already_is_enough(
    owner_engine: Engine, somebody: Somebodies
) -> None:
    somebody("ada@example.org")
    assert ensure(owner_engine) is None


@pytest.mark.parametrize("state", ["is_admin = false", "is_active = false"])
def test_an_account_of_that_address_that_nobody_can_use_becomes_it(
    owner_engine: Engine, app_engine: Engine, somebody: Somebodies, state: str
) -> None:
    somebody("Admin@Localhost", is_admin=True, password_hash=None)
    done(owner_engine, f"UPDATE users SET {state}")
    first = ensure(owner_engine)
    assert first is not None
    assert log_in(app_engine, LoginAttempt(first.email, first.password, Origin())).token
    assert [row[1:] for row in fetched(owner_engine, USERS)] == [(True, True)]
