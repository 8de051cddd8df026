"""What has been written is sealed, once, whoever commits when."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from sqlalchemy import Connection, Engine, select, text

from dataviz_pipelines.core.audit import note, seal
from dataviz_pipelines.core.models.logs import AuditLog, AuditSeal
from dataviz_pipelines.core.security.caller import Origin

ENTRY_BYTES = 48


def write(engine: Engine, *actions: str) -> None:
    with engine.begin() as connection:
        for action in actions:
            note(connection, action, user_id=None, origin=Origin())


def sealed(engine: Engine) -> int:
    with engine.begin() as connection:
        return seal(connection)


def sealed_ids(engine: Engine) -> list[UUID]:
    with engine.connect() as connection:
        entries = connection.scalars(select(AuditSeal.entries).order_by(AuditSeal.sequence)).all()
    return [
        UUID(bytes=each[start : start + 16])
        for each in entries
        for start in range(0, len(each), ENTRY_BYTES)
    ]


def written_ids(engine: Engine) -> list[UUID]:
    with engine.connect() as connection:
        return list(
            connection.scalars(select(AuditLog.id).order_by(AuditLog.timestamp, AuditLog.id))
        )


def test_F91_every_row_is_sealed_once_in_the_order_of_time(app_engine: Engine) -> None:
    write(app_engine, "a", "b")
    sealed(app_engine)
    write(app_engine, "c")
    assert sealed(app_engine) == 1
    assert sealed(app_engine) == 0
    assert sealed_ids(app_engine) == written_ids(app_engine)


def test_each_seal_holds_the_hash_of_the_one_before(app_engine: Engine) -> None:
    for action in "abc":
        write(app_engine, action)
        sealed(app_engine)
    with app_engine.connect() as connection:
        seals = connection.execute(select(AuditSeal.__table__).order_by(AuditSeal.sequence)).all()
    assert [each.sequence for each in seals] == [1, 2, 3]
    assert [each.previous_hash for each in seals] == [bytes(32), seals[0].hash, seals[1].hash]


def test_many_rows_are_sealed_in_parts(app_engine: Engine) -> None:
    sealed(app_engine)
    with app_engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO audit_logs (timestamp, action_type, resource_type) "
                "SELECT clock_timestamp(), 'a', 'b' FROM generate_series(1, 20001)"
            )
        )
    assert sealed(app_engine) == 20_001
    with app_engine.connect() as connection:
        counts = connection.scalars(
            select(AuditSeal.row_count).order_by(AuditSeal.sequence.desc()).limit(3)
        )
        assert list(counts) == [1, 10_000, 10_000]
    assert sealed_ids(app_engine) == written_ids(app_engine)


def test_a_row_that_commits_after_a_later_one_was_sealed_is_sealed_next_time(
    app_engine: Engine,
) -> None:
    with app_engine.begin() as slow:
        note(slow, "slow", user_id=None, origin=Origin())
        write(app_engine, "quick")
        sealed(app_engine)
    assert sealed(app_engine) == 1
    assert sorted(sealed_ids(app_engine)) == sorted(written_ids(app_engine))


def test_who_writes_waits_for_no_sealer(app_engine: Engine) -> None:
    write(app_engine, "a")
    with app_engine.begin() as sealing:
        seal(sealing)
        write(app_engine, "b")
    assert sealed(app_engine) == 1


def test_two_sealers_at_once_seal_every_row_once(app_engine: Engine) -> None:
    write(app_engine, *"abc")
    with app_engine.begin() as first:
        seal(first)
        with second_sealer(app_engine) as found:
            write(app_engine, "d")
            first.commit()
    assert found == [1]
    assert sealed_ids(app_engine) == written_ids(app_engine)


@contextmanager
def second_sealer(engine: Engine) -> Iterator[list[int]]:
    """Waits for the first one in a thread of its own."""
    found: list[int] = []
    thread = threading.Thread(target=lambda: found.append(sealed(engine)))
    thread.start()
    with engine.connect() as connection:
        wait_for_waiting(connection)
    yield found
    thread.join()


def wait_for_waiting(connection: Connection) -> None:
    waiting = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
    while not connection.scalar(waiting):
        connection.rollback()


def test_a_row_of_the_future_waits_for_its_time(app_engine: Engine) -> None:
    write(app_engine, "a")
    sealed(app_engine)
    with app_engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO audit_logs (timestamp, action_type, resource_type) "
                "VALUES (now() + interval '1 hour', 'a', 'b')"
            )
        )
    assert sealed(app_engine) == 0
