"""MySQL's errors as facts about the load. Messages of the server are shown only where they speak of names, never of values."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pymysql
from pymysql.constants import CR, ER

from dataviz_pipelines.core.errors import DatavizError, UnavailableError
from dataviz_pipelines.core.ingestion.errors import DestinationError, LoadRaceError

_CHECK_READ = 1_020
_LOCK_ABORTED = 1_689
_DUPLICATE_OF_KEY = 1_586
_MARIADB_CHECK = 4_025
_MYSQL_CHECK = 3_819


@contextmanager
def translated(table: str) -> Iterator[None]:
    try:
        yield
    except pymysql.Error as error:
        raise _fact(error, table) from error
    except OSError as error:
        raise _gone(error, table) from error


def code_of(error: BaseException) -> int | None:
    code = error.args[0] if error.args else None
    return code if isinstance(code, int) else None


def _fact(error: pymysql.Error, table: str) -> DatavizError:
    code = code_of(error)
    fact = FACTS.get(code or 0)
    if fact is not None:
        return fact(error, table)
    if isinstance(error, pymysql.InterfaceError | pymysql.InternalError) or code is None:
        return _gone(error, table)
    return DestinationError(f"The database refused the load into {table} (error {code}).")


def _said(error: BaseException) -> str:
    return str(error.args[1]) if len(error.args) > 1 else "no reason given"


def _gone(error: BaseException, table: str) -> DatavizError:  # noqa: ARG001  # the table's signature
    return UnavailableError(
        f"The database went away while {table} was loaded.",
        remedy="Try again; nothing is loaded twice.",
    )


def _race(error: BaseException, table: str) -> DatavizError:  # noqa: ARG001
    return LoadRaceError(f"Another transaction on {table} got in the way.", remedy="Try again.")


def _unique(error: BaseException, table: str) -> DatavizError:  # noqa: ARG001
    """Mostly somebody else's writing; an index that a template cannot know (of a prefix, an expression) stays in the way."""
    return LoadRaceError(
        f"A row is in {table} already, by a unique index; nothing was loaded.",
        remedy="Try again; if it stays, make sure that the file's rows are new.",
    )


def _constraint(error: BaseException, table: str) -> DatavizError:  # noqa: ARG001
    return DestinationError(
        f"A row breaks a constraint of table {table}; nothing was loaded.",
        remedy="Add a rule to the template that says the same, so that only such rows are rejected.",
    )


def _privilege(error: BaseException, table: str) -> DatavizError:
    return DestinationError(
        f"The data source's user may not load into {table}: {_said(error)}.",
        remedy=f"Grant it SELECT, INSERT, UPDATE and DELETE on {table}, and CREATE, ALTER, DROP and CREATE TEMPORARY TABLES "
        "where the platform is to make tables.",
    )


def _full(error: BaseException, table: str) -> DatavizError:  # noqa: ARG001
    return UnavailableError(
        f"The database ran out of disk or memory while {table} was loaded.",
        remedy="Nothing was loaded; make room and try again.",
    )


def _value(error: BaseException, table: str) -> DatavizError:  # noqa: ARG001
    return DestinationError(
        f"Table {table} cannot hold a value of the file; nothing was loaded.",
        remedy="Compare the template's column types with the table's.",
    )


def _misfit(error: BaseException, table: str) -> DatavizError:
    return DestinationError(
        f"Table {table} cannot be loaded this way: {_said(error)}.",
        remedy="Compare the template, its lookups included, with the database.",
    )


FACTS: dict[int, Callable[[BaseException, str], DatavizError]] = {
    **dict.fromkeys(
        (ER.LOCK_DEADLOCK, ER.LOCK_WAIT_TIMEOUT, _CHECK_READ, _LOCK_ABORTED, ER.TABLE_EXISTS_ERROR),
        _race,
    ),
    ER.DUP_ENTRY: _unique,
    _DUPLICATE_OF_KEY: _unique,
    **dict.fromkeys(
        (CR.CR_SERVER_GONE_ERROR, CR.CR_SERVER_LOST, CR.CR_CONNECTION_ERROR, ER.SERVER_SHUTDOWN),
        _gone,
    ),
    **dict.fromkeys(
        (
            ER.BAD_NULL_ERROR,
            ER.NO_DEFAULT_FOR_FIELD,
            ER.ROW_IS_REFERENCED_2,
            ER.NO_REFERENCED_ROW_2,
            _MARIADB_CHECK,
            _MYSQL_CHECK,
        ),
        _constraint,
    ),
    **dict.fromkeys(
        (
            ER.DBACCESS_DENIED_ERROR,
            ER.TABLEACCESS_DENIED_ERROR,
            ER.COLUMNACCESS_DENIED_ERROR,
            ER.SPECIFIC_ACCESS_DENIED_ERROR,
        ),
        _privilege,
    ),
    **dict.fromkeys(
        (
            ER.DISK_FULL,
            ER.OUTOFMEMORY,
            ER.OUT_OF_SORTMEMORY,
            ER.OUT_OF_RESOURCES,
            ER.RECORD_FILE_FULL,
        ),
        _full,
    ),
    **dict.fromkeys(
        (
            ER.WARN_DATA_OUT_OF_RANGE,
            ER.DATA_TOO_LONG,
            ER.TRUNCATED_WRONG_VALUE,
            ER.TRUNCATED_WRONG_VALUE_FOR_FIELD,
            ER.WARN_DATA_TRUNCATED,
        ),
        _value,
    ),
    **dict.fromkeys(
        (
            ER.BAD_DB_ERROR,
            ER.NO_SUCH_TABLE,
            ER.BAD_FIELD_ERROR,
            ER.TOO_BIG_ROWSIZE,
            ER.TOO_LONG_KEY,
            ER.TOO_LONG_IDENT,
            ER.TOO_MANY_FIELDS,
            ER.WRONG_COLUMN_NAME,
            ER.DUP_FIELDNAME,
            ER.PARSE_ERROR,
        ),
        _misfit,
    ),
}
