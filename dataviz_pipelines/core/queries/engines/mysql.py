"""MySQL and MariaDB: one statement at a time, and its rows as they come."""

import re
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import pymysql
from pymysql.constants import FIELD_TYPE
from pymysql.cursors import SSCursor

from dataviz_pipelines.core.models.metadata import NormalizedType
from dataviz_pipelines.core.queries.binding import Bound, Value
from dataviz_pipelines.core.queries.engines.base import Statement
from dataviz_pipelines.core.queries.errors import QueryFailedError
from dataviz_pipelines.core.queries.results import Column, unique
from dataviz_pipelines.core.sources.connecting import Pools, Session, Source
from dataviz_pipelines.core.sources.engines.base import bounded
from dataviz_pipelines.core.sources.engines.mysql import agree_on_quotes
from dataviz_pipelines.core.sources.errors import Reason, SourceError

_AS_TEXT: Final = (
    FIELD_TYPE.DATE,
    FIELD_TYPE.NEWDATE,
    FIELD_TYPE.TIME,
    FIELD_TYPE.DATETIME,
    FIELD_TYPE.TIMESTAMP,
)
"""As the server writes them: it knows dates that are none, and days of more than 24 hours."""
_TYPES: Final = {
    FIELD_TYPE.TINY: ("tinyint", NormalizedType.INTEGER),
    FIELD_TYPE.SHORT: ("smallint", NormalizedType.INTEGER),
    FIELD_TYPE.INT24: ("mediumint", NormalizedType.INTEGER),
    FIELD_TYPE.LONG: ("int", NormalizedType.INTEGER),
    FIELD_TYPE.LONGLONG: ("bigint", NormalizedType.INTEGER),
    FIELD_TYPE.YEAR: ("year", NormalizedType.INTEGER),
    FIELD_TYPE.DECIMAL: ("decimal", NormalizedType.DECIMAL),
    FIELD_TYPE.NEWDECIMAL: ("decimal", NormalizedType.DECIMAL),
    FIELD_TYPE.FLOAT: ("float", NormalizedType.FLOAT),
    FIELD_TYPE.DOUBLE: ("double", NormalizedType.FLOAT),
    FIELD_TYPE.DATE: ("date", NormalizedType.DATE),
    FIELD_TYPE.NEWDATE: ("date", NormalizedType.DATE),
    FIELD_TYPE.TIME: ("time", NormalizedType.TIME),
    FIELD_TYPE.DATETIME: ("datetime", NormalizedType.DATETIME),
    FIELD_TYPE.TIMESTAMP: ("timestamp", NormalizedType.TIMESTAMP),
    FIELD_TYPE.BIT: ("bit", NormalizedType.BINARY),
    FIELD_TYPE.JSON: ("json", NormalizedType.JSON),
    FIELD_TYPE.ENUM: ("enum", NormalizedType.ENUM),
    FIELD_TYPE.SET: ("set", NormalizedType.STRING),
    FIELD_TYPE.GEOMETRY: ("geometry", NormalizedType.SPATIAL),
}
_BINARY: Final = 63
"""The number of the character set that is none."""
_USER: Final = re.compile(r"(?:user )?'[^']*'@'[^']*'(?: \(using password: \w+\))?")
_NOT_PREPARABLE: Final = 1_295


@dataclass
class MySQLRun:
    session: Session
    statement: Statement
    warnings: list[str] = field(default_factory=list)
    bytes_billed: int | None = None
    _columns: list[Column] = field(default_factory=list)
    _is_spoilt: bool = False

    def rows(self) -> Generator[Sequence[Any], None, None]:
        driver, bound = self.session.driver, self.statement.bound
        with _explained(self.session, self.statement.timeout_s):
            agree_on_quotes(driver)
            self.warnings = self.session.engine.powers(driver)
            with _as_text(driver):
                yield from self._sent(SSCursor(driver), bound)

    def columns(self) -> list[Column]:
        return self._columns

    def cancel(self) -> None:
        self._is_spoilt = True
        self.session.engine.cancel(self.session.driver)

    def close(self) -> None:
        """Of a connection that a kill may still come to, nothing is kept."""
        if self._is_spoilt:
            self.session.driver._force_close()

    def _sent(self, cursor: SSCursor, bound: Bound) -> Iterator[Sequence[Any]]:
        is_over = False
        try:
            cursor.execute(bound.text, tuple(map(_bindable, bound.values)))
            yield from self._read(cursor)
            is_over = True
        except self.session.engine.errors:
            is_over = True
            raise
        finally:
            self._end(cursor, is_over=is_over)

    def _read(self, cursor: SSCursor) -> Iterator[Sequence[Any]]:
        result = _result(cursor)
        fields = [] if result is None else result.fields
        self._columns = _columns(fields)
        shapes = [_SHAPES.get(each.type_code) for each in fields]
        for row in iter(cursor.fetchone, None):
            yield [
                value if shape is None or value is None else shape(value)
                for value, shape in zip(row, shapes, strict=True)
            ]

    def _end(self, cursor: SSCursor, *, is_over: bool) -> None:
        """MySQL sends all rows to whoever stays, so the query is killed."""
        driver, result = self.session.driver, _result(cursor)
        if not is_over:
            self._is_spoilt = True
            with suppress(SourceError):
                self.session.engine.cancel(driver)
        if result is not None and (self._is_spoilt or is_over):
            result.unbuffered_active = False
        self.close()
        cursor.close()


def _result(cursor: SSCursor) -> Any:
    """Whether rows are still to come, and in which character sets columns are, has no public name."""
    return cursor._result  # type: ignore[attr-defined]  # untyped in its stubs


def _moment(text: str) -> str:
    return text.replace(" ", "T", 1)


_SHAPES: Final[dict[int, Callable[[str], str]]] = {
    FIELD_TYPE.DATETIME: _moment,
    FIELD_TYPE.TIMESTAMP: lambda text: f"{_moment(text)}Z",
}


@contextmanager
def run(pools: Pools, source: Source, statement: Statement) -> Iterator[MySQLRun]:
    with pools.session(source, timeout_s=statement.timeout_s) as session:
        found = MySQLRun(session, statement)
        try:
            yield found
        finally:
            found.close()


def check(pools: Pools, source: Source, text: str) -> None:
    """Prepared by the server, and not executed."""
    with (
        pools.session(source) as session,
        _explained(session, session.timeout_s),
        session.driver.cursor() as cursor,
    ):
        agree_on_quotes(session.driver)
        try:
            cursor.execute("PREPARE dataviz FROM %s", [text])
        except pymysql.Error as error:
            if error.args[0] != _NOT_PREPARABLE:
                raise
        else:
            cursor.execute("DEALLOCATE PREPARE dataviz")


def _bindable(value: Value) -> Any:
    """Sessions are in UTC."""
    found = value.value
    if isinstance(found, datetime) and found.tzinfo is not None:
        return found.astimezone(UTC).replace(tzinfo=None)
    return found


@contextmanager
def _as_text(driver: Any) -> Iterator[None]:
    usual = driver.decoders
    driver.decoders = {kind: usual[kind] for kind in usual if kind not in _AS_TEXT}
    try:
        yield
    finally:
        driver.decoders = usual


def _columns(fields: Sequence[Any]) -> list[Column]:
    names = unique(each.name for each in fields)
    return [Column(name, *_type(each)) for name, each in zip(names, fields, strict=True)]


def _type(described: Any) -> tuple[str, NormalizedType]:
    known = _TYPES.get(described.type_code)
    if known is not None:
        return known
    if described.charsetnr == _BINARY:
        return "binary", NormalizedType.BINARY
    return "text", NormalizedType.STRING


@contextmanager
def _explained(session: Session, timeout_s: float) -> Iterator[None]:
    """What the server says of the query itself is for the person; as whom the platform comes, and from where, is not."""
    try:
        with bounded(session.engine, session.driver, timeout_s=timeout_s):
            yield
    except SourceError as error:
        cause = error.__cause__
        if error.reason in {Reason.QUERY, Reason.PERMISSION} and isinstance(cause, pymysql.Error):
            sentence = (
                str(cause.args[1]) if len(cause.args) > 1 else "The server refuses the query."
            )
            is_denied = error.reason == Reason.PERMISSION
            raise QueryFailedError(_USER.sub("the user", sentence), is_denied=is_denied) from error
        raise
