"""Statements of an event loop answer as the driver's cursors do."""

import asyncio
import json
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from psycopg.types.json import Jsonb
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError

from dataviz_pipelines.core.nonblocking import pausing
from dataviz_pipelines.core.nonblocking.lanes import Lanes, statements_of
from dataviz_pipelines.core.nonblocking.statements import MOST_PREPARED, Rows, Statements
from dataviz_pipelines.core.sql import execute, fetch
from tests.core.nonblocking.conftest import OnLoop

VALUES: dict[str, Any] = {
    "text": "100 % ä",
    "number": 7,
    "large": 2**40,
    "exact": Decimal("1.50"),
    "yes": True,
    "nothing": None,
    "id": UUID(int=7),
    "ids": [UUID(int=1), UUID(int=2)],
    "none": [],
    "moment": datetime(2026, 11, 30, 12, tzinfo=UTC),
    "document": Jsonb({"a": [1, None, "ä"]}),
}
TYPED = (
    "SELECT %(text)s::text AS text, %(number)s::integer AS number, %(large)s::bigint AS large, %(exact)s::numeric AS exact, "
    "%(yes)s::boolean AS yes, %(nothing)s::text AS nothing, %(id)s::uuid AS id, %(ids)s::uuid[] AS ids, "
    "%(none)s::uuid[] AS none, %(moment)s::timestamptz AS moment, %(document)s::jsonb AS document, "
    "'50 %%' || %(text)s AS twice"
)


def _statements(connection: Connection) -> Statements:
    found = statements_of(connection)
    assert found is not None
    return found


def test_values_come_back_as_from_the_driver(on_loop: OnLoop, app_engine: Engine) -> None:
    def answers(connection: Connection) -> list[Any]:
        cursor = execute(connection, TYPED, VALUES)
        names = [column.name for column in cursor.description or ()]
        again = execute(connection, TYPED, VALUES).fetchall()
        return [
            names,
            cursor.fetchone(),
            cursor.fetchone(),
            again,
            fetch(connection, TYPED, VALUES),
        ]

    def work(lanes: Lanes) -> list[Any]:
        with lanes.connect() as connection:
            return answers(connection)

    with app_engine.connect() as connection:
        assert on_loop(work) == answers(connection)


def test_rows_are_counted_and_told_one_after_the_other(on_loop: OnLoop) -> None:
    def work(lanes: Lanes) -> tuple[Any, ...]:
        with lanes.connect() as connection:
            numbers = execute(connection, "SELECT generate_series(1, 4)", {})
            first = numbers.fetchone()
            changed = execute(connection, "UPDATE roles SET name = name WHERE false", {})
            return first, list(numbers), numbers.fetchall(), numbers.rowcount, changed.rowcount

    assert on_loop(work) == ((1,), [(2,), (3,), (4,)], [], 4, 0)


def test_an_error_is_sqlalchemys_and_the_connection_stays(on_loop: OnLoop) -> None:
    def work(lanes: Lanes) -> int:
        with lanes.connect() as connection:
            for _ in range(3):
                with pytest.raises(ProgrammingError, match="no_table"):
                    execute(connection, "SELECT * FROM no_table WHERE %(a)s", {"a": True})
                with pytest.raises(DBAPIError, match="division by zero"):
                    execute(connection, "SELECT 1 / %(a)s::integer", {"a": 0})
            row = execute(connection, "SELECT pg_backend_pid()", {}).fetchone()
            with lanes.connect() as other:
                assert other is not connection
            assert not connection.invalidated
            assert row is not None
            return int(row[0])

    assert on_loop(work) > 0


def test_a_transaction_is_whole_or_not_there(on_loop: OnLoop, app_engine: Engine) -> None:
    add = "INSERT INTO roles (name, permissions) VALUES (%(name)s, '[]')"

    def work(lanes: Lanes) -> None:
        with lanes.begin() as connection:
            execute(connection, add, {"name": "kept"})
        for attempt, expected in (
            (think_better, ZeroDivisionError),
            (be_refused, IntegrityError),
            (go_on, DBAPIError),
        ):
            with pytest.raises(expected):
                attempt(lanes)
        with lanes.begin():
            pass

    def think_better(lanes: Lanes) -> None:
        with lanes.begin() as connection:
            execute(connection, add, {"name": "thought better of"})
            raise ZeroDivisionError

    def be_refused(lanes: Lanes) -> None:
        with lanes.begin() as connection:
            execute(connection, add, {"name": "refused"})
            execute(connection, add, {"name": "kept"})

    def go_on(lanes: Lanes) -> None:
        """A transaction that has failed cannot be committed, whoever overlooked that it has."""
        with lanes.begin() as connection:
            execute(connection, add, {"name": "failed"})
            with suppress(IntegrityError):
                execute(connection, add, {"name": "kept"})

    on_loop(work)
    assert _names(app_engine) >= {"kept"}
    assert _names(app_engine).isdisjoint({"thought better of", "refused", "failed"})


def _names(engine: Engine) -> set[str]:
    with engine.connect() as connection:
        return {name for (name,) in execute(connection, "SELECT name FROM roles", {})}


def test_what_is_asked_before_is_judged_first(on_loop: OnLoop, app_engine: Engine) -> None:
    add = "INSERT INTO roles (name, permissions) VALUES (%(name)s, '[]') RETURNING name"
    seen: list[Any] = []

    def judge(row: tuple[Any, ...] | None) -> None:
        seen.append(row)
        if row is None or row[0] == 2:
            raise ZeroDivisionError

    def attempt(lanes: Lanes, question: str, name: str) -> Any:
        with lanes.begin() as connection:
            _statements(connection).ask_before(question, {"n": 2}, judge)
            first = execute(connection, add, {"name": name}).fetchone()
            execute(connection, "SELECT 1", {})
            return first

    def work(lanes: Lanes) -> None:
        for _ in range(2):  # prepared and not
            with pytest.raises(ZeroDivisionError):
                attempt(lanes, "SELECT %(n)s::integer", "judged")
            with pytest.raises(ZeroDivisionError):
                attempt(lanes, "SELECT 1 WHERE %(n)s = '3'", "judged")
            with pytest.raises(ProgrammingError, match="no_table"):
                attempt(lanes, "SELECT %(n)s FROM no_table", "judged")
        assert attempt(lanes, "SELECT %(n)s::integer + 1", "right") == ("right",)
        with pytest.raises(IntegrityError):
            attempt(lanes, "SELECT %(n)s::integer + 1", "right")

    on_loop(work)
    assert seen == [(2,), None, (2,), None, (3,), (3,)]
    assert "right" in _names(app_engine)
    assert "judged" not in _names(app_engine)


def test_a_question_that_nothing_came_after_is_forgotten(on_loop: OnLoop) -> None:
    def work(lanes: Lanes) -> Any:
        for manner in (lanes.connect, lanes.begin):
            with manner() as connection:
                _statements(connection).ask_before("SELECT 1", {}, pytest.fail)
        with lanes.connect() as connection:
            return execute(connection, "SELECT 7", {}).fetchone()

    assert on_loop(work) == (7,)


def test_the_oldest_of_many_statements_are_forgotten(on_loop: OnLoop) -> None:
    def work(lanes: Lanes) -> tuple[int, int]:
        with lanes.connect() as connection:
            for number in (*range(MOST_PREPARED + 20), 0, MOST_PREPARED):
                row = execute(connection, f"SELECT {number}", {}).fetchone()
                assert row == (number,)
            with lanes.begin() as other:
                for number in range(MOST_PREPARED + 3):
                    assert execute(other, f"SELECT {number}", {}).fetchone() == (number,)
            prepared = execute(
                connection, "SELECT count(*), sum(custom_plans) FROM pg_prepared_statements", {}
            )
            count, plans = prepared.fetchone() or (0, 0)
            return int(count), int(plans)

    assert on_loop(work) == (MOST_PREPARED + 1, 0)  # with the one that counts them


def test_a_table_that_changes_is_read_anew(on_loop: OnLoop, owner_engine: Engine) -> None:
    def change(statement: str) -> None:
        with owner_engine.begin() as connection:
            connection.execute(text(statement))

    def read(lanes: Lanes) -> Any:
        with lanes.connect() as connection:
            return execute(connection, "SELECT * FROM changing", {}).fetchall()

    def work(lanes: Lanes) -> list[Any]:
        found = [read(lanes)]
        change("ALTER TABLE changing ALTER a TYPE text")
        with pytest.raises(DBAPIError, match="cached plan"):
            read(lanes)
        return [*found, read(lanes)]

    change("CREATE TABLE changing AS SELECT 1 AS a")
    change("GRANT SELECT ON changing TO public")
    assert on_loop(work) == [[(1,)], [("1",)]]


def test_documents_of_any_size_pass(on_loop: OnLoop) -> None:
    document = {"text": "ä" * 3_000_000}

    def work(lanes: Lanes) -> Any:
        with lanes.begin() as connection:
            row = execute(connection, "SELECT %(d)s::jsonb", {"d": Jsonb(document)}).fetchone()
            again = execute(connection, "SELECT %(d)s::jsonb", {"d": Jsonb(document)}).fetchone()
            return json.dumps(row) == json.dumps(again) == json.dumps((document,))

    assert on_loop(work)


def test_who_reads_much_lets_others_go_on(on_loop: OnLoop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also others that need a moment to become ready: here one that counts how often it was."""
    monkeypatch.setattr(pausing, "LONGEST_S", 0)
    turns = 0

    def take_turns() -> None:
        nonlocal turns
        turns += 1
        asyncio.get_running_loop().call_soon(take_turns)

    def work(lanes: Lanes) -> tuple[int, int]:
        with lanes.connect() as connection:
            execute(connection, "SELECT 1", {})
            asyncio.get_running_loop().call_soon(take_turns)
            read = Statements._read

            def reading(statements: Statements, result: Any) -> Rows:
                before = turns
                rows = read(statements, result)
                seen.append(turns - before)
                return rows

            seen: list[int] = []
            monkeypatch.setattr(Statements, "_read", reading)
            count = len(execute(connection, "SELECT generate_series(1, 100)", {}).fetchall())
            return count, seen[0]

    count, turns_meanwhile = on_loop(work)
    assert count == 100
    assert turns_meanwhile > 10
