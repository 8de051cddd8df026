"""The SQL of a request as a pgbench script: what the API sends, taken down while it sends it."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb
from sqlalchemy import Connection, Engine, event

from api.deps import Edge
from api.resources import DASHBOARDS
from benchmarks.api import DASHBOARDS_EACH, TOKEN, USERS
from dataviz_pipelines.core import crud
from dataviz_pipelines.core.accounts.identity import Credential
from dataviz_pipelines.core.crud import Listing
from dataviz_pipelines.core.security.caller import Caller, Origin

_PARAMETER = re.compile(r"%\((\w+)\)s|%%")
_USER = "('00000000-0000-7000-8001-' || lpad(to_hex(:client_id::integer), 12, '0'))::uuid"
_DASHBOARD = "('00000000-0000-7000-8002-' || lpad(to_hex(:client_id::integer + :n::integer * {users}), 12, '0'))::uuid"
_SETUP = "\\set n random(0, {last})\n"

Work = Callable[[Connection, Caller], object]


@dataclass(frozen=True)
class Request:
    """`writes`: in a transaction of several statements."""

    name: str
    work: Work
    writes: bool = False


def requests() -> list[Request]:
    mine = UUID("00000000-0000-7000-8002-000000000000")
    return [
        Request("get", lambda c, who: crud.get_row(c, who, DASHBOARDS, mine)),
        Request("list", lambda c, who: crud.list_rows(c, who, DASHBOARDS, Listing())),
        Request(
            "create",
            lambda c, who: crud.create_row(c, who, DASHBOARDS, {"name": "New"}),
            writes=True,
        ),
        Request(
            "patch",
            lambda c, who: crud.update_row(c, who, DASHBOARDS, mine, {"description": "New"}),
            writes=True,
        ),
    ]


def script(engine: Engine, request: Request) -> str:
    origin = Origin("127.0.0.1", "benchmark", "benchmark")
    reading = engine.execution_options(isolation_level="AUTOCOMMIT")
    edge = Edge(
        engine, reading, Credential(TOKEN.format(0), origin), "dashboards:view", rows=True, route=""
    )
    with _taken_down(engine) as statements:
        (edge.write if request.writes else edge.read)(request.work)
    body = "".join(f"{_rendered(text, values)};\n" for text, values in statements)
    return _SETUP.format(last=DASHBOARDS_EACH - 1) + (
        f"BEGIN;\n{body}COMMIT;\n" if request.writes else body
    )


@contextmanager
def _taken_down(engine: Engine) -> Iterator[list[tuple[str, dict[str, Any]]]]:
    statements: list[tuple[str, dict[str, Any]]] = []

    class Recording(psycopg.Cursor[Any]):
        def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
            statements.append((query, params))
            return super().execute(query, params, **options)

    def record(connection: psycopg.Connection[Any], _: object) -> None:
        connection.cursor_factory = Recording

    engine.dispose()
    with engine.connect():  # what SQLAlchemy itself asks of its first connection
        engine.dispose()
    event.listen(engine, "connect", record)
    yield statements
    event.remove(engine, "connect", record)
    engine.dispose()


def _rendered(text: str, values: dict[str, Any]) -> str:
    def literal(match: re.Match[str]) -> str:
        name = match[1]
        return "%" if name is None else _literal(name, values[name])

    return _PARAMETER.sub(literal, text)


def _literal(name: str, value: Any) -> str:
    if name == "token_hash":
        return f"encode(sha256(('{TOKEN.format('')}' || :client_id::integer)::bytea), 'hex')"
    if name in ("id", "_id"):
        return _DASHBOARD.format(users=USERS)
    if name == "caller_id":
        return _USER
    if name == "principals":
        _, *role_ids = value.strip("{}").split(",")
        roles = ", ".join(f"'{each}'::uuid" for each in role_ids)
        return f"ARRAY[{_USER}, {roles}]"
    return _plain(value)


def _plain(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Jsonb):
        raise TypeError("the benchmark's requests send no documents")
    escaped = str(value).replace("'", "''")
    return f"'{escaped}'"
