"""A request that its sender repeats has one effect, and gets the answer of the first time again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from psycopg.types.json import Jsonb
from sqlalchemy import Connection

from dataviz_pipelines.core.crud.errors import IdempotencyKeyReusedError
from dataviz_pipelines.core.security.caller import Caller
from dataviz_pipelines.core.sql import blocks, execute

_SQL: Final = blocks("dataviz_pipelines.core.crud", "idempotency.sql")


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: str
    is_replay: bool = False


def answer_once(
    connection: Connection,
    caller: Caller,
    work: Callable[[], Answer],
    *,
    key: str,
    request_hash: str,
) -> Answer:
    """Does the work, or answers as it was answered when the caller sent the key before, within a day. The answer is kept by
    the transaction of its effect: without the one there is not the other. It is kept as it is, so it must hold no secret.

    Raises IdempotencyKeyReusedError when the key came with another request.
    """
    values = {"user_id": caller.user_id, "key": key, "request_hash": request_hash}
    if execute(connection, _SQL["reserve"], values).fetchone() is None:
        return _kept(connection, values)
    answer = work()
    kept = {"status": answer.status, "headers": Jsonb(dict(answer.headers)), "body": answer.body}
    execute(connection, _SQL["keep"], {**values, **kept})
    return answer


def _kept(connection: Connection, values: Mapping[str, object]) -> Answer:
    row = execute(connection, _SQL["kept"], values).fetchone()
    if row is None or row[0] != values["request_hash"]:
        raise IdempotencyKeyReusedError
    _, status, headers, body = row
    return Answer(status, headers, body, is_replay=True)
