"""People for tests of accounts, and what is known of them afterwards."""

from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, text

from dataviz_pipelines.core.accounts import throttle
from dataviz_pipelines.core.security.passwords import hash_password

PASSWORD = "correct horse battery"


@cache
def hashed() -> str:
    """Of PASSWORD; making one takes a quarter of a second."""
    return hash_password(PASSWORD)


@dataclass(frozen=True)
class Somebody:
    id: UUID
    email: str


def fetched(engine: Engine, statement: str, **values: Any) -> list[Any]:
    """Rows of one column as a list of values, others as they are."""
    with engine.connect() as connection:
        rows = connection.execute(text(statement), values).all()
    return [row[0] if len(row) == 1 else row for row in rows]


def done(engine: Engine, statement: str, **values: Any) -> None:
    with engine.begin() as connection:
        connection.execute(text(statement), values)


def fail(engine: Engine, *subjects: str, times: int = 1) -> bool:
    """As so many wrong passwords would: whether the last one brought a block."""
    is_blocked = False
    for _ in range(times):
        with engine.begin() as connection:
            is_blocked = throttle.count_failure(connection, *subjects)
    return is_blocked
