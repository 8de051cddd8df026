"""Ids of the client and of the server: UUID version 7, ordered by time and against each other."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import RFC_4122, UUID

import pytest
from sqlalchemy import Engine, text

from dataviz_pipelines.core.models.ids import new_id, new_ids


def _made_at(value: UUID) -> datetime:
    return datetime.fromtimestamp((value.int >> 80) / 1_000, tz=UTC)


def test_ids_are_version_7_and_carry_their_time() -> None:
    before = datetime.now(UTC) - timedelta(seconds=1)

    value = new_id()

    assert (value.version, value.variant) == (7, RFC_4122)
    assert before < _made_at(value) < datetime.now(UTC) + timedelta(seconds=1)


def test_ids_grow_even_when_many_threads_ask() -> None:
    with ThreadPoolExecutor(4) as pool:
        runs = list(
            pool.map(
                lambda n: [*new_ids(n), *(new_id() for _ in range(2_000 - n))], range(0, 2_000, 500)
            )
        )

    assert all(run == sorted(run) for run in runs)
    assert len({value for run in runs for value in run}) == 8_000


def test_R25_ids_grow_when_the_clock_goes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    first = new_id()
    monkeypatch.setattr("dataviz_pipelines.core.models.ids.time.time_ns", lambda: 0)

    assert new_id() > first


def test_ids_of_the_server_are_version_7_and_ordered(owner_engine: Engine) -> None:
    with owner_engine.connect() as connection:
        values = list(
            connection.scalars(
                text(
                    "SELECT uuid_v7() FROM generate_series(1, 100) WHERE pg_sleep(0.0001) IS NOT NULL"
                )
            )
        )

    assert {(value.version, value.variant) for value in values} == {(7, RFC_4122)}
    assert values == sorted(values)
    assert abs(_made_at(values[0]) - datetime.now(UTC)) < timedelta(minutes=1)
