"""How guessing is slowed down, without the quarter of a second that a guess takes."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine

from dataviz_pipelines.core.accounts import throttle
from dataviz_pipelines.core.accounts.errors import TooManyAttemptsError
from tests.core.accounts.somebody import done, fail, fetched

ADA = throttle.account("ada@example.org")
REMAINING = "SELECT round(extract(epoch FROM blocked_until - last_failure_at)) FROM login_throttles"


def refused_for(engine: Engine, *subjects: str) -> int | None:
    with engine.connect() as connection:
        try:
            throttle.refuse_blocked(connection, *subjects)
        except TooManyAttemptsError as error:
            return error.retry_after_s
    return None


def later(engine: Engine, minutes: int) -> None:
    """As if this had been so long ago."""
    done(
        engine,
        "UPDATE login_throttles SET last_failure_at = last_failure_at - make_interval(mins => :m), "
        "blocked_until = blocked_until - make_interval(mins => :m)",
        m=minutes,
    )


def test_S10_the_fifth_failure_blocks_an_account(app_engine: Engine) -> None:
    assert [fail(app_engine, ADA) for _ in range(5)] == [False] * 4 + [True]
    seconds = refused_for(app_engine, ADA)
    assert seconds is not None
    assert 0 < seconds <= 30


def test_an_address_may_fail_more_often_for_many_may_have_it(app_engine: Engine) -> None:
    office = throttle.address("203.0.113.9")
    assert [fail(app_engine, office) for _ in range(20)] == [False] * 19 + [True]


def test_S11_a_block_doubles_up_to_a_quarter_of_an_hour_and_never_lasts_longer(
    app_engine: Engine,
) -> None:
    found = []
    for _ in range(60):
        fail(app_engine, ADA)
        found += [seconds for seconds in fetched(app_engine, REMAINING) if seconds is not None]
    assert found[:6] == [30, 60, 120, 240, 480, 900]
    assert set(found[5:]) == {900}


def test_S11_a_block_ends_by_itself(app_engine: Engine) -> None:
    for _ in range(30):
        fail(app_engine, ADA)
    assert refused_for(app_engine, ADA) is not None
    later(app_engine, 15)
    assert refused_for(app_engine, ADA) is None


def test_S11_after_an_hour_of_peace_it_is_forgotten(app_engine: Engine) -> None:
    for _ in range(30):
        fail(app_engine, ADA)
    later(app_engine, 61)
    assert [fail(app_engine, ADA) for _ in range(5)] == [False] * 4 + [True]


def test_one_of_the_subjects_is_enough_and_others_are_free(app_engine: Engine) -> None:
    home, away = throttle.address("203.0.113.9"), throttle.address("198.51.100.1")
    for _ in range(5):
        fail(app_engine, ADA, home)
    assert refused_for(app_engine, ADA, away) is not None
    assert refused_for(app_engine, throttle.account("eve@example.org"), home) is None


def test_failures_at_once_are_all_counted(app_engine: Engine) -> None:
    subjects = [(throttle.account(f"{n % 3}@example.org"), ADA) for n in range(48)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda each: fail(app_engine, *each), subjects))
    assert sorted(fetched(app_engine, "SELECT failure_count FROM login_throttles")) == [
        16,
        16,
        16,
        48,
    ]


def test_old_failures_go_with_new_ones_however_many_there_were(app_engine: Engine) -> None:
    done(
        app_engine,
        "INSERT INTO login_throttles (subject, failure_count, last_failure_at) "
        "SELECT 'address:' || n, 1, now() - interval '25 hours' FROM generate_series(1, 250) AS n",
    )
    left = []
    for _ in range(3):
        fail(app_engine, ADA)
        left += fetched(app_engine, "SELECT count(*) FROM login_throttles")
    assert left == [151, 51, 1]


@pytest.mark.parametrize("email", ["ada@example.org", " Ada@Example.ORG ", "ADA@EXAMPLE.ORG"])
def test_the_spelling_of_an_address_does_not_matter(email: str) -> None:
    assert throttle.account(email) == ADA


def test_the_table_does_not_tell_which_accounts_were_tried(app_engine: Engine) -> None:
    fail(app_engine, ADA)
    assert "ada" not in str(fetched(app_engine, "SELECT subject FROM login_throttles"))


def test_a_network_of_ipv6_is_one_address() -> None:
    assert throttle.address("2001:db8:1:2:3:4:5:6") == throttle.address("2001:db8:1:2:ffff::1")
    assert throttle.address("2001:db8:1:2::1") != throttle.address("2001:db8:1:3::1")
    assert throttle.address("203.0.113.9") != throttle.address("203.0.113.10")
    assert throttle.address(None) == "address:unknown"
