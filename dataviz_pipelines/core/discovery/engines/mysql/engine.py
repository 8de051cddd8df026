"""MySQL and MariaDB: information_schema, one schema at a time. It has no transactions, so a table can go while it is read."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, cast

import pymysql
from pymysql.cursors import Cursor

from dataviz_pipelines.core.discovery.deadlines import deadline
from dataviz_pipelines.core.discovery.engines.base import Limits, Listing, UnreadableError
from dataviz_pipelines.core.discovery.engines.mysql.definitions import definitions, quoted
from dataviz_pipelines.core.discovery.errors import SourceReadError
from dataviz_pipelines.core.discovery.snapshot import Described, Listed, Statistics, TableName
from dataviz_pipelines.core.models.documents.metadata import ProblemKind
from dataviz_pipelines.core.models.metadata import CountKind, TableType
from dataviz_pipelines.core.sql import blocks

_SQL: Final = blocks("dataviz_pipelines.core.discovery.engines.mysql", "catalog.sql")
_LOST: Final = {0, 2006, 2013, 2014, 2055, 1053, 1927, 1317}
_LATE: Final = {1205, 1969, 3024, 1213}
_DENIED: Final = {1044, 1045, 1142, 1143, 1227, 1356, 1370}
Row = tuple[Any, ...]


class MySQL:
    """A connection with a database sees that one alone, one without sees all. Nobody else uses it meanwhile."""

    def __init__(self, connection: "pymysql.Connection[Any]", limits: Limits | None = None) -> None:
        self._connection = connection
        self._limits = limits or Limits()
        self._driver = cast(
            "Any", connection
        )  # neither its version nor its socket has a typed name
        self._is_mariadb = "mariadb" in str(self._driver.server_version).lower()

    @contextmanager
    def reading(self) -> Iterator[None]:
        limits = self._limits
        timeout = "max_statement_time" if self._is_mariadb else "max_execution_time"
        statement = limits.statement_timeout_ms / (1_000 if self._is_mariadb else 1)
        lock_s = max(1, limits.lock_timeout_ms // 1_000)
        with deadline(limits.deadline_s, self._driver._sock.fileno()):
            try:
                self._run(f"SET SESSION lock_wait_timeout = {lock_s}, {timeout} = {statement:g}")
                yield
                self._run(f"SET SESSION lock_wait_timeout = DEFAULT, {timeout} = DEFAULT")
            except pymysql.MySQLError as error:
                raise _read_error(error) from error

    def tables(self) -> Listing:
        schemas = [schema for (schema,) in self._run(_SQL["schemas"])]
        return Listing(
            [
                Listed(TableName(schema, schema, table), None)
                for schema in schemas
                for (table,) in self._run(_SQL["tables"], schema=schema)
            ]
        )

    def describe(self, tables: Sequence[Listed]) -> list[Described]:
        by_schema: defaultdict[str, list[str]] = defaultdict(list)
        for table in tables:
            by_schema[table.name.schema_name].append(table.name.table_name)
        try:
            return [
                described
                for schema, names in by_schema.items()
                for described in self._described(schema, names)
            ]
        except pymysql.MySQLError as error:
            raise _unreadable(error) from error

    def hidden(self, missing: Collection[TableName]) -> dict[TableName, str | None]:
        """Rights outlive what they are on: a table that is gone can be told from one that the role no longer sees."""
        if not missing:
            return {}
        me = self._me()
        ((is_seen_everywhere,),) = self._run(_SQL["global_rights"], me=me)
        if is_seen_everywhere:
            return {}
        schemas = [_pattern(text) for (text,) in self._run(_SQL["schema_rights"], me=me)]
        tables = set(self._run(_SQL["table_rights"], me=me))
        return {
            name: self._grant(name.schema_name).format(quoted(name.table_name))
            for name in missing
            if (name.schema_name, name.table_name) not in tables
            and not any(pattern.fullmatch(name.schema_name) for pattern in schemas)
        }

    def _described(self, schema: str, names: Sequence[str]) -> list[Described]:
        def rows(block: str) -> list[Row]:
            return self._run(_SQL[block], schema=schema, tables=names)

        found = definitions(
            schema=schema,
            tables=rows("definitions"),
            columns=rows("columns"),
            keys=rows("keys"),
            indexes=rows("indexes"),
            is_mariadb=self._is_mariadb,
            grant=self._grant(schema),
        )
        if len(found) < len(names):
            raise UnreadableError(ProblemKind.VANISHED, "It was dropped while it was read.")
        described = []
        for name in names:
            definition, statistics = found[name]
            if self._limits.count_budget_ms and definition.table_type == TableType.TABLE:
                statistics = self._counted(schema, name, statistics)
            described.append(Described(TableName(schema, schema, name), definition, statistics))
        return described

    def _counted(self, schema: str, table: str, known: Statistics) -> Statistics:
        budget, name = self._limits.count_budget_ms, f"{quoted(schema)}.{quoted(table)}"
        text = (
            f"SET STATEMENT max_statement_time = {budget / 1_000} FOR SELECT count(*) FROM {name}"
            if self._is_mariadb
            else f"SELECT /*+ MAX_EXECUTION_TIME({budget}) */ count(*) FROM {name}"
        )
        try:
            ((count,),) = self._run(text)
        except pymysql.MySQLError as error:
            if _code(error) in _LOST:
                raise
            return known
        return known._replace(row_count=count, row_count_kind=CountKind.EXACT)

    def _grant(self, schema: str) -> str:
        place = quoted(schema).replace("{", "{{").replace("}", "}}")
        return f"GRANT SELECT ON {place}.{{}} TO {self._me()};"

    def _me(self) -> str:
        ((user,),) = self._run("SELECT CURRENT_USER()")
        name, _, host = str(user).rpartition("@")
        return f"'{name}'@'{host}'"

    def _run(self, text: str, **values: Any) -> list[Row]:
        with self._connection.cursor(Cursor) as cursor:
            cursor.execute(text, values or None)
            return list(cursor.fetchall())


def _pattern(text: str) -> re.Pattern[str]:
    """Rights on schemas are given with the wildcards of LIKE."""
    parts = re.findall(r"\\.|.", text, re.DOTALL)
    wildcards = {"%": ".*", "_": "."}
    return re.compile(
        "".join(wildcards.get(part, re.escape(part[-1])) for part in parts), re.DOTALL
    )


def _code(error: pymysql.MySQLError) -> int:
    return error.args[0] if error.args and isinstance(error.args[0], int) else 0


def _unreadable(error: pymysql.MySQLError) -> Exception:
    code = _code(error)
    if code in _LOST:
        return _read_error(error)
    if code in _LATE:
        return UnreadableError(
            ProblemKind.LOCKED,
            "Another session holds a lock on it, or it took too long to be described.",
            "It is looked at again by the next run.",
        )
    kind = ProblemKind.DENIED if code in _DENIED else ProblemKind.UNREADABLE
    return UnreadableError(kind, f"The server could not describe it (error {code}).")


def _read_error(error: pymysql.MySQLError) -> SourceReadError:
    if _code(error) in _LOST:
        return SourceReadError("The connection to the data source was lost.")
    return SourceReadError(
        f"The data source refused to be read (error {_code(error)}).",
        remedy="What was known of it stays.",
    )
