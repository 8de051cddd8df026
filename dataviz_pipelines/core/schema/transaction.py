"""The owner's one transaction: all of a set-up happens in it, or nothing."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy import URL, Connection
from sqlalchemy.exc import DBAPIError, OperationalError

from dataviz_pipelines.core.db import create_database_engine
from dataviz_pipelines.core.errors import DatavizError
from dataviz_pipelines.core.schema import store
from dataviz_pipelines.core.schema.errors import DatabaseUnreachableError, DatabaseUnusableError

OLDEST_SERVER = 140000


@contextmanager
def owner_transaction(owner: URL) -> Iterator[Connection]:
    """Commits at the end. Names resolve in `public`, whatever search_path the role has."""
    engine = create_database_engine(owner, application_name="dataviz setup", pool_size=1)
    try:
        with engine.begin() as connection:
            _check_server(connection)
            store.set_search_path(connection, "public")
            yield connection
    except DBAPIError as error:
        raise _translated(error, owner) from error
    finally:
        engine.dispose()


def _check_server(connection: Connection) -> None:
    if store.server_version(connection) < OLDEST_SERVER:
        raise DatabaseUnusableError(
            "The database server is older than PostgreSQL 14.", remedy="Use PostgreSQL 14 or later."
        )
    if store.server_encoding(connection) != "UTF8":
        raise DatabaseUnusableError(
            "The database does not store text as UTF-8.",
            remedy="Create it with ENCODING 'UTF8' TEMPLATE template0.",
        )


def _translated(error: DBAPIError, owner: URL) -> DatavizError:
    place = f"the database {owner.database!r} on {owner.host}:{owner.port or 5432}"
    if isinstance(error.orig, psycopg.errors.InsufficientPrivilege):
        reason = error.orig.diag.message_primary
        return DatabaseUnusableError(
            f"The role {owner.username!r} may not do what set-up needs in {place}: {reason}.",
            remedy=f'Let it own the database: ALTER DATABASE "{owner.database}" OWNER TO "{owner.username}".',
        )
    if isinstance(error.orig, psycopg.Error) and "trgm" in str(error.orig):
        return DatabaseUnusableError(
            f"The extension pg_trgm, which search needs, cannot be had in {place}: {error.orig.diag.message_primary}.",
            remedy="Install PostgreSQL's contrib package on the server. If the database has the extension in another schema: ALTER EXTENSION pg_trgm SET SCHEMA public.",
        )
    if isinstance(error, OperationalError) and error.orig is not None:
        return DatabaseUnreachableError(
            f"No connection to {place}: {str(error.orig).strip()}",
            remedy="Check DATAVIZ_DATABASE_URL, and that the server runs and the database exists.",
        )
    raise error
