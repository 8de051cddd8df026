"""Requests that the database lets wait."""

import time

from sqlalchemy import Engine, text

_BLOCKED = text(
    "SELECT count(*) FROM pg_stat_activity "
    "WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


def wait_for_a_blocked_request(engine: Engine) -> None:
    deadline = time.monotonic() + 30
    with engine.connect() as connection:
        while not connection.execute(_BLOCKED).scalar_one():
            assert time.monotonic() < deadline, "no request waits for a lock"
            connection.rollback()
            time.sleep(0.01)
