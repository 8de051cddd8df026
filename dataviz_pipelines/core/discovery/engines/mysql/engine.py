"""MySQL and MariaDB: information_schema, one schema at a time. It has no transactions, so a table can go while it is read."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, Final, cast

import pymysql
from pymysql.cursors import Cursor

from dataviz_pipelines.core.discovery.deadlines import deadline
from dataviz_pipelines.core.discovery.engines.base import Limits, Listing, UnreadableError
from dataviz_pipelines.core.discovery.engines.mysql.definitions import (
    Actions,
    definitions,
    foreign_key_actions,
    quoted,
)
from dataviz_pipelines.core.discovery.engines.mysql.rights import rights
from dataviz_pipelines.core.discovery.errors import SourceReadError
from dataviz_pipelines.core.discovery.snapshot import Described, Listed, Statistics, TableName
from dataviz_pipelines.core.models.documents.metadata import ProblemKind
from dataviz_pipelines.core.models.metadata import CountKind, TableType
from dataviz_pipelines.core.sql import blocks

_SQL: Final = blocks("dataviz_pipelines.core.discovery.engines.mysql", "catalog.sql")
_LOST: Final = {0, 2006, 2013, 2014, 2055, 1053, 1927, 1317}
_LATE: Final = {1205, 1969, 3024, 1213}
_DENIED: Final = {1044, 1045, 1142, 1143, 1227, 1356, 1370}
_GONE: Final = 1146
_WRITING: Final = {"sql_mode": "''", "sql_quote_show_create": "1"}
"""How the server writes statements, whatever its administrator prefers."""
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
                self._set(lock_wait_timeout=lock_s, **{timeout: f"{statement:g}"}, **_WRITING)
                yield
                self._set(**dict.fromkeys(("lock_wait_timeout", timeout, *_WRITING), "DEFAULT"))
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
        shown, grant = rights(self._grants()), self._granting()
        return {
            name: grant(name.schema_name, name.table_name)
            for name in missing
            if not shown.show(name)
        }

    def _described(self, schema: str, names: Sequence[str]) -> list[Described]:
        def rows(block: str) -> list[Row]:
            return self._run(_SQL[block], schema=schema, tables=names)

        keys = rows("keys")
        found = definitions(
            schema=schema,
            tables=rows("definitions"),
            view_texts=rows("view_texts"),
            columns=rows("columns"),
            keys=keys,
            actions=self._actions(schema, keys, rows("actions")),
            indexes=rows("indexes"),
            is_mariadb=self._is_mariadb,
            grant=partial(self._granting(), schema),
        )
        if not found.keys() >= set(names):
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

    def _actions(self, schema: str, keys: Sequence[Row], known: Sequence[Row]) -> Actions:
        """Those that are not known are read from the statements that would create the tables again."""
        found: Actions = {(table, name): (update, delete) for table, name, update, delete in known}
        for table in {row[0] for row in keys if row[2] and row[:2] not in found}:
            found.update(foreign_key_actions(table, self._create_text(schema, table)))
        return found

    def _create_text(self, schema: str, table: str) -> str:
        """Empty where the role may not see it, or when it is gone."""
        try:
            ((_, text),) = self._run(f"SHOW CREATE TABLE {quoted(schema)}.{quoted(table)}")
        except pymysql.MySQLError as error:
            if _code(error) not in {*_DENIED, _GONE}:
                raise
            return ""
        return str(text)

    def _grants(self) -> list[str]:
        """With those of the roles that are in force, which MySQL names only when it is asked for them."""
        roles = "NONE" if self._is_mariadb else self._run("SELECT CURRENT_ROLE()")[0][0]
        using = "" if roles == "NONE" else f" FOR CURRENT_USER() USING {roles}"
        return [str(grant) for (grant,) in self._run(f"SHOW GRANTS{using}")]

    def _granting(self) -> Callable[[str, str], str]:
        """From a schema and a table to the statement that opens it."""
        ((user,),) = self._run("SELECT CURRENT_USER()")
        name, host = (part.replace("'", "''") for part in str(user).rsplit("@", 1))

        def grant(schema: str, table: str) -> str:
            return f"GRANT SELECT ON {quoted(schema)}.{quoted(table)} TO '{name}'@'{host}';"

        return grant

    def _set(self, **values: object) -> None:
        self._run("SET SESSION " + ", ".join(f"{name} = {value}" for name, value in values.items()))

    def _run(self, text: str, **values: Any) -> list[Row]:
        with self._connection.cursor(Cursor) as cursor:
            cursor.execute(text, values or None)
            return list(cursor.fetchall())


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
