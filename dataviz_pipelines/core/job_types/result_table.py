"""A table that holds what a query answers: made from the first result, and replaced by each, in one transaction."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import psycopg
from psycopg import sql
from sqlalchemy import Connection

from dataviz_pipelines.core.errors import UnavailableError
from dataviz_pipelines.core.ingestion.destinations.postgresql.store import (
    catalog,
    definition,
    writing,
)
from dataviz_pipelines.core.ingestion.destinations.postgresql.store.identifiers import (
    Table,
    listed,
)
from dataviz_pipelines.core.job_types.result_columns import (
    copied,
    data_type,
    misfits,
    refuse_unusable,
)
from dataviz_pipelines.core.queries import results
from dataviz_pipelines.core.queries.results import Column
from dataviz_pipelines.core.scheduling.errors import JobFailedError

_TABLES: Final = frozenset({"r", "p"})
_NEEDED: Final = ("SELECT", "INSERT", "DELETE")
_COLUMN: Final = re.compile(r"^COPY .+, line \d+, column ([^:\n]+)", re.MULTILINE)


def replace_rows(connection: Connection, table: Table, result: results.Table) -> int:
    """How many rows the table had. In the connection's transaction; until it ends, readers see what was there before.
    Raises JobFailedError when the table cannot hold the result, and then nothing is changed."""
    refuse_unusable(result.columns)
    driver: psycopg.Connection[Any] = connection.connection.driver_connection  # type: ignore[assignment]  # of the URL
    with _explained(table):
        catalog.lock_name(driver, table)
        _prepare(driver, table, result.columns)
        catalog.lock_writers_out(driver, table)
        deleted = writing.delete_all(driver, table)
        _copy(driver, table, result)
    return deleted


def _copy(driver: "psycopg.Connection[Any]", table: Table, result: results.Table) -> None:
    names = [column.name for column in result.columns]
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(table.quoted, listed(names))
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for row in copied(result.columns, result.rows):
            copy.write_row(row)


def _prepare(driver: "psycopg.Connection[Any]", table: Table, columns: tuple[Column, ...]) -> None:
    kind = catalog.relation_kind(driver, table)
    if kind is None:
        _create(driver, table, columns)
        return
    if kind not in _TABLES:
        raise JobFailedError(f"{table} is not a table.", remedy="Name another.")
    lacking = catalog.lacking_privileges(driver, table, _NEEDED)
    if lacking:
        raise JobFailedError(
            f"The platform's role lacks {', '.join(lacking)} on table {table}.",
            remedy=f"Grant it: GRANT {', '.join(_NEEDED)} ON {table} TO the application's role.",
        )
    found = misfits(columns, catalog.columns(driver, table))
    if found:
        raise JobFailedError(
            f"The result does not fit table {table}: {'; '.join(found)}. Nothing was changed.",
            remedy="Change the query or the table; without the table, the next run makes it.",
        )


def _create(driver: "psycopg.Connection[Any]", table: Table, columns: tuple[Column, ...]) -> None:
    if not catalog.schema_exists(driver, table.schema) or not catalog.may_create_in(
        driver, table.schema
    ):
        raise JobFailedError(
            f"The platform cannot make table {table}: there is no such schema, or no right to.",
            remedy="Use the schema uploads, or create it and grant the application's role USAGE and CREATE on it.",
        )
    made = [(column.name, data_type(column), True) for column in columns]
    definition.create_table(driver, table, made)


@contextmanager
def _explained(table: Table) -> Iterator[None]:
    """Values are in no message."""
    try:
        yield
    except psycopg.DataError as error:
        place = _COLUMN.search(error.diag.context or "")
        where = f" in column {place[1]}" if place else ""
        raise JobFailedError(
            f"Table {table} cannot hold a value{where}: {_reason(error)}. Nothing was changed.",
            remedy="Convert it in the query, to text if need be.",
        ) from error
    except psycopg.IntegrityError as error:
        name = error.diag.constraint_name or error.diag.column_name or "a constraint"
        raise JobFailedError(
            f"The result breaks {name} of table {table}. Nothing was changed."
        ) from error
    except psycopg.OperationalError as error:
        raise UnavailableError(
            f"The database did not take the rows of {table}. Nothing was changed.",
            remedy="Try again; look whether it has room.",
        ) from error
    except psycopg.ProgrammingError as error:
        raise JobFailedError(
            f"Table {table} cannot be replaced (SQLSTATE {error.sqlstate}). Nothing was changed."
        ) from error


def _reason(error: psycopg.DataError) -> str:
    """Its class of error, such as numeric value out of range."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(error).__name__).lower()
