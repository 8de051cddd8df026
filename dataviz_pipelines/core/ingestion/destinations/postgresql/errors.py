"""PostgreSQL's errors as facts about the load. Messages name the constraint or the privilege, never a row's values."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy.exc import DBAPIError, TimeoutError

from dataviz_pipelines.core.errors import DatavizError, UnavailableError
from dataviz_pipelines.core.ingestion.errors import DestinationError, LoadRaceError

RACES = frozenset({"40P01", "40001", "42P07", "55P03"})  # deadlock, serialization, exists, lock
UNIQUE_VIOLATION = "23505"


@contextmanager
def translated(table: str) -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        if isinstance(error.orig, psycopg.Error):
            raise _fact(error.orig, table) from error
        raise
    except psycopg.Error as error:
        raise _fact(error, table) from error
    except TimeoutError as error:
        raise UnavailableError(
            "All connections to the database are in use.", remedy="Try again later."
        ) from error


def _fact(error: psycopg.Error, table: str) -> DatavizError:
    code = error.sqlstate or ""
    if code == UNIQUE_VIOLATION:
        return _unique(error, table)
    if code in RACES:
        return LoadRaceError(f"Another load into {table} got in the way.", remedy="Try again.")
    for prefix, fact in FACTS.items():
        if code.startswith(prefix):
            return fact(error, table)
    if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        return UnavailableError(
            f"The database went away while {table} was loaded.",
            remedy="Nothing was loaded; try again.",
        )
    return DestinationError(f"The database refused the load into {table} (SQLSTATE {code}).")


def _unique(error: psycopg.Error, table: str) -> DatavizError:
    """Mostly another load; an index that a template cannot know (partial, of an expression) stays in the way."""
    return LoadRaceError(
        f"A row is in {table} already, by {error.diag.constraint_name}; nothing was loaded.",
        remedy="Try again; if it stays, make sure that the file's rows are new.",
    )


def _constraint(error: psycopg.Error, table: str) -> DatavizError:
    name = error.diag.constraint_name or error.diag.column_name or "a constraint"
    return DestinationError(
        f"A row breaks {name} of table {table}; nothing was loaded.",
        remedy="Add a rule to the template that says the same, so that only such rows are rejected.",
    )


def _privilege(error: psycopg.Error, table: str) -> DatavizError:
    return DestinationError(
        f"The application's role may not load into {table}: {error.diag.message_primary}.",
        remedy=f"Grant it: GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO the application's role.",
    )


def _full(error: psycopg.Error, table: str) -> DatavizError:  # noqa: ARG001  # the table's signature
    return UnavailableError(
        f"The database ran out of disk or memory while {table} was loaded.",
        remedy="Nothing was loaded; make room and try again.",
    )


def _value(error: psycopg.Error, table: str) -> DatavizError:
    where = f" (column {error.diag.column_name})" if error.diag.column_name else ""
    return DestinationError(
        f"Table {table} cannot hold a value of the file{where}; nothing was loaded.",
        remedy="Compare the template's column types with the table's.",
    )


def _missing(error: psycopg.Error, table: str) -> DatavizError:
    return DestinationError(
        f"Loading {table} needs something that does not exist: {error.diag.message_primary}.",
        remedy="Check the destination and the lookups of the template.",
    )


def _misfit(error: psycopg.Error, table: str) -> DatavizError:
    """Class 42 speaks of names and types, never of values."""
    return DestinationError(
        f"Table {table} cannot be loaded this way: {error.diag.message_primary}.",
        remedy="Compare the template with the table.",
    )


FACTS: dict[str, Callable[[psycopg.Error, str], DatavizError]] = {
    "23": _constraint,
    "42501": _privilege,
    "42P01": _missing,
    "42703": _missing,
    "42": _misfit,
    "53": _full,
    "22": _value,
}
