"""PostgreSQL: the extended protocol, which takes a single statement and binds on the server, row by row."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import psycopg
from psycopg import adapters
from psycopg.types.string import TextLoader

from dataviz_pipelines.core.models.metadata import NormalizedType
from dataviz_pipelines.core.queries.engines.base import Statement
from dataviz_pipelines.core.queries.errors import QueryFailedError
from dataviz_pipelines.core.queries.results import Column, unique
from dataviz_pipelines.core.sources.connecting import Pools, Session, Source
from dataviz_pipelines.core.sources.engines.base import bounded
from dataviz_pipelines.core.sources.errors import Reason, SourceError

_CHUNK: Final = 200
_SETTINGS: Final = (
    "SELECT set_config('standard_conforming_strings', 'on', true), set_config('datestyle', 'ISO, YMD', true), "
    "set_config('intervalstyle', 'iso_8601', true), set_config('bytea_output', 'hex', true), "
    "set_config('extra_float_digits', '1', true)"
)
_AS_TEXT: Final = (
    "date time timetz timestamp timestamptz interval json jsonb int4range int8range numrange daterange tsrange tstzrange "
    "int4multirange int8multirange nummultirange datemultirange tsmultirange tstzmultirange inet cidr record"
)
"""As the server writes them: it knows infinity, years beyond 9999, and every digit."""
_TYPES: Final = {
    name: kind
    for kind, names in {
        NormalizedType.BOOLEAN: "bool",
        NormalizedType.INTEGER: "int2 int4 int8 oid",
        NormalizedType.DECIMAL: "numeric",
        NormalizedType.FLOAT: "float4 float8",
        NormalizedType.STRING: "text varchar bpchar name char citext xml",
        NormalizedType.BINARY: "bytea",
        NormalizedType.DATE: "date",
        NormalizedType.TIME: "time timetz",
        NormalizedType.DATETIME: "timestamp",
        NormalizedType.TIMESTAMP: "timestamptz",
        NormalizedType.INTERVAL: "interval",
        NormalizedType.UUID: "uuid",
        NormalizedType.JSON: "json jsonb",
        NormalizedType.SPATIAL: "point line lseg box path polygon circle geometry geography",
        NormalizedType.RANGE: "int4range int8range numrange daterange tsrange tstzrange",
        NormalizedType.STRUCT: "record",
    }.items()
    for name in names.split()
}
_NAMES: Final = (
    "SELECT oid, typname, typtype, typcategory FROM pg_type WHERE oid = ANY(%(oids)s::oid[])"
)
_ENUM, _COMPOSITE, _ARRAY = "e", "c", "A"


class _Timestamp(TextLoader):
    def load(self, data: Any) -> str:
        return str(super().load(data)).replace(" ", "T", 1)


class _Instant(TextLoader):
    """Sessions are in UTC."""

    def load(self, data: Any) -> str:
        text = str(super().load(data)).replace(" ", "T", 1)
        return f"{text[:-3]}Z" if text.endswith("+00") else text


@dataclass
class PostgreSQLRun:
    session: Session
    statement: Statement
    warnings: list[str] = field(default_factory=list)
    bytes_billed: int | None = None
    _described: list[tuple[str, int]] = field(default_factory=list)
    _is_spoilt: bool = False

    def rows(self) -> Generator[Sequence[Any], None, None]:
        driver, bound = self.session.driver, self.statement.bound
        with self._explained():
            driver.execute(_SETTINGS)
            self.warnings = self.session.engine.powers(driver)
            cursor = psycopg.RawCursor(driver)
            _read_exactly(cursor)
            values = [each.value for each in bound.values]
            stream = cursor.stream(bound.text.encode(), values, size=_CHUNK)
            with closing(stream):  # type: ignore[type-var]  # a generator
                for row in stream:
                    self._describe(cursor)
                    yield row
            if not self._described:
                self._described = _described(driver, bound.text)

    def columns(self) -> list[Column]:
        types = self._types({oid for _, oid in self._described})
        names = unique(name for name, _ in self._described)
        return [
            Column(name, *types.get(oid, ("unknown", NormalizedType.OTHER)))
            for name, (_, oid) in zip(names, self._described, strict=True)
        ]

    def cancel(self) -> None:
        self._is_spoilt = True
        self.session.engine.cancel(self.session.driver)

    def close(self) -> None:
        """A cancellation may come late: it must not meet the next query of a connection that is kept."""
        if self._is_spoilt:
            self.session.driver.close()

    def _describe(self, cursor: psycopg.RawCursor[Any]) -> None:
        if not self._described:
            self._described = [(each.name, each.type_code) for each in cursor.description or ()]

    def _types(self, oids: set[int]) -> dict[int, tuple[str, NormalizedType]]:
        """The query may have ended its transaction."""
        driver, engine = self.session.driver, self.session.engine
        with bounded(engine, driver, timeout_s=self.session.timeout_s):
            driver.rollback()
            found = driver.execute(_NAMES, {"oids": list(oids)}).fetchall()
        return {oid: (name, _normalized(name, *kinds)) for oid, name, *kinds in found}

    @contextmanager
    def _explained(self) -> Iterator[None]:
        engine, driver = self.session.engine, self.session.driver
        try:
            with bounded(engine, driver, timeout_s=self.statement.timeout_s):
                yield
        except SourceError as error:
            raise _explained(error, self.statement) from error


@contextmanager
def run(pools: Pools, source: Source, statement: Statement) -> Iterator[PostgreSQLRun]:
    with pools.session(source, timeout_s=statement.timeout_s) as session:
        found = PostgreSQLRun(session, statement)
        try:
            yield found
        finally:
            found.close()


def check(pools: Pools, source: Source, text: str) -> None:
    """Parsed and described by the server, and not executed."""
    with pools.session(source) as session:
        driver: psycopg.Connection[Any] = session.driver
        try:
            with bounded(session.engine, driver, timeout_s=session.timeout_s):
                result = driver.pgconn.prepare(b"", text.encode())
                if result.status != psycopg.pq.ExecStatus.COMMAND_OK:
                    raise psycopg.errors.error_from_result(result)
        except SourceError as error:
            raise _explained(error, None) from error


def _described(driver: "psycopg.Connection[Any]", text: str) -> list[tuple[str, int]]:
    """psycopg keeps nothing of a stream without rows."""
    driver.pgconn.prepare(b"", text.encode())
    result = driver.pgconn.describe_prepared(b"")
    return [
        ((result.fname(index) or b"").decode(), result.ftype(index))
        for index in range(result.nfields)
    ]


def _read_exactly(cursor: psycopg.RawCursor[Any]) -> None:
    for name in _AS_TEXT.split():
        cursor.adapters.register_loader(adapters.types[name].oid, TextLoader)
    cursor.adapters.register_loader("timestamp", _Timestamp)
    cursor.adapters.register_loader("timestamptz", _Instant)


def _normalized(name: str, kind: str, category: str) -> NormalizedType:
    if category == _ARRAY:
        return NormalizedType.ARRAY
    by_kind = {_ENUM: NormalizedType.ENUM, _COMPOSITE: NormalizedType.STRUCT}
    return by_kind.get(kind) or _TYPES.get(name, NormalizedType.OTHER)


def _explained(error: SourceError, statement: Statement | None) -> Exception:
    """What the server says of the query itself is for the person, with its place in what they wrote."""
    cause = error.__cause__
    if error.reason not in {Reason.QUERY, Reason.PERMISSION} or not isinstance(
        cause, psycopg.Error
    ):
        return error
    offset = cause.diag.statement_position
    found = None
    if statement is not None and offset is not None:
        found = statement.bound.place(int(offset) - 1)
    line, column = found or (None, None)
    is_denied = error.reason == Reason.PERMISSION
    return QueryFailedError(_sentence(cause), line=line, column=column, is_denied=is_denied)


def _sentence(error: psycopg.Error) -> str:
    said = [error.diag.message_primary or "The server refuses the query", error.diag.message_hint]
    return ". ".join(each.rstrip(".") for each in said if each) + "."
