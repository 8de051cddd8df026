"""What `doctor` asks the database."""

from datetime import datetime

from sqlalchemy import URL, Connection

from dataviz_pipelines.core.clock import Clock, utc_now
from dataviz_pipelines.core.db import DatabaseUrls, database_urls
from dataviz_pipelines.core.errors import DatavizError
from dataviz_pipelines.core.schema import migrate, privileges
from dataviz_pipelines.core.schema.revisions import newest_revision
from dataviz_pipelines.core.schema.transaction import owner_transaction
from dataviz_pipelines.core.settings import Settings
from dataviz_pipelines.local import store
from dataviz_pipelines.local.findings import Finding, fail, ok, warn

_SKEW_WARN_S = 2
_SKEW_FAIL_S = 30
_SET_UP = "Run `dataviz setup --full`."


def check_database(settings: Settings, *, clock: Clock = utc_now) -> list[Finding]:
    """`settings` name a database. When it cannot be used at all, that is the only finding."""
    try:
        urls = database_urls(settings)
        with owner_transaction(urls.owner) as connection:
            return _ask(connection, urls, clock())
    except DatavizError as error:
        return [fail("database", error.message, error.remedy or _SET_UP)]


def _ask(connection: Connection, urls: DatabaseUrls, now: datetime) -> list[Finding]:
    return [
        ok("database", f"PostgreSQL {store.server_version(connection)} answers."),
        check_clock(store.server_time(connection), now),
        check_migrations(connection),
        check_grants(connection, app=str(urls.app.username)),
        check_owner(connection),
        check_app_login(urls.app),
        check_dagster_storage(connection),
    ]


def check_clock(theirs: datetime, ours: datetime) -> Finding:
    """Schedules, sessions and audit entries compare times of both."""
    skew = abs((theirs - ours).total_seconds())
    message = f"The database's clock differs from ours by {skew:.1f} s."
    remedy = "Let both machines keep time by NTP."
    if skew > _SKEW_FAIL_S:
        return fail("clock", message, remedy)
    return warn("clock", message, remedy) if skew > _SKEW_WARN_S else ok("clock", message)


def check_migrations(connection: Connection) -> Finding:
    current, newest = migrate.current_revision(connection), newest_revision()
    if current == newest:
        return ok("migrations", f"The schema is at its newest revision, {newest}.")
    found = "has not been created" if current is None else f"is at revision {current}, not {newest}"
    return fail("migrations", f"The schema {found}.", _SET_UP)


def check_grants(connection: Connection, *, app: str) -> Finding:
    """A superuser counts as too many grants: to it no others apply."""
    if migrate.current_revision(connection) is None:
        return fail("grants", f"There are no tables for {app} to use.", _SET_UP)
    wrong = privileges.repairs(connection, app)
    if wrong:
        return fail("grants", f"{len(wrong)} wrong: {'; '.join(sorted(wrong)[:3])}.", _SET_UP)
    return ok("grants", f"The role {app} may do what it needs and no more.")


def check_owner(connection: Connection) -> Finding:
    """Fine on a server that is ours alone, which the embedded one is."""
    if store.is_superuser(connection) and not store.owns_whole_server(connection):
        return warn(
            "owner role",
            "The owner's role is a superuser of a server that holds other databases.",
            "Give DATAVIZ_DATABASE_URL a role that owns this database and has CREATEROLE, nothing more.",
        )
    return ok("owner role", "The owner's role reaches no other databases.")


def check_app_login(app: URL) -> Finding:
    problem = store.login_problem(app)
    if problem is not None:
        return fail("application role", f"{app.username} cannot log in: {problem}", _SET_UP)
    return ok("application role", f"{app.username} can log in.")


def check_dagster_storage(connection: Connection) -> Finding:
    if store.dagster_tables(connection) == 0:
        return warn(
            "dagster storage", "Dagster has not stored anything yet.", "`dataviz up` prepares it."
        )
    return ok("dagster storage", "Dagster's tables are in their own schema.")
