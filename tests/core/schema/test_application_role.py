"""What the application's role may do after `set_up`, and what it may not."""

import stat

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, text
from sqlalchemy.exc import ProgrammingError

from dataviz_pipelines.core.db import (
    APP_PASSWORD_FILE,
    create_database_engine,
    database_urls,
    psycopg_url,
)
from dataviz_pipelines.core.errors import ConfigurationError
from dataviz_pipelines.core.schema.service import set_up
from dataviz_pipelines.core.settings import Settings


def test_the_password_of_the_application_is_kept_and_private(
    empty_database_settings: Settings,
) -> None:
    set_up(empty_database_settings)
    file = empty_database_settings.keys / APP_PASSWORD_FILE
    password = file.read_text()
    set_up(empty_database_settings)

    assert file.read_text() == password
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_application_can_log_in_after_set_up(empty_database_settings: Settings) -> None:
    set_up(empty_database_settings)

    engine = create_database_engine(
        database_urls(empty_database_settings).app, application_name="test"
    )
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM roles")) == 6
    engine.dispose()


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE stray (id integer)",
        "ALTER TABLE users ADD COLUMN stray integer",
        "DROP TABLE rejected_rows",
        "TRUNCATE rejected_rows",
        "INSERT INTO alembic_version VALUES ('x')",
        "CREATE TABLE dagster.stray (id integer)",
        "DELETE FROM partitions.audit_logs_default",
        "SELECT FROM partitions.audit_logs_default",
    ],
)
def test_the_application_has_no_ddl_outside_uploads(app_engine: Engine, statement: str) -> None:
    with (
        app_engine.connect() as connection,
        pytest.raises(ProgrammingError, match=r"permission denied|must be owner"),
    ):
        connection.execute(text(statement))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_logs SET action_type = 'x'",
        "DELETE FROM audit_logs",
        "TRUNCATE audit_logs",
        "SELECT FROM audit_logs FOR UPDATE",
        "INSERT INTO audit_logs (id, action_type, resource_type) VALUES (uuid_v7(), 'a', 'b') "
        "ON CONFLICT (id, timestamp) DO UPDATE SET action_type = 'x'",
    ],
)
def test_S63_the_application_cannot_change_the_audit(app_engine: Engine, statement: str) -> None:
    with (
        app_engine.connect() as connection,
        pytest.raises(ProgrammingError, match="permission denied"),
    ):
        connection.execute(text(statement))


def test_the_application_appends_to_the_audit(app_engine: Engine) -> None:
    with app_engine.begin() as connection:
        connection.execute(
            text("INSERT INTO audit_logs (action_type, resource_type) VALUES ('login', 'users')")
        )
        assert (
            connection.scalar(text("SELECT count(*) FROM audit_logs WHERE action_type = 'login'"))
            == 1
        )


def test_the_application_creates_and_drops_destination_tables(app_engine: Engine) -> None:
    with app_engine.begin() as connection:
        connection.execute(text("CREATE TABLE uploads.flights (id integer PRIMARY KEY)"))
        connection.execute(text("DROP TABLE uploads.flights"))


def test_tables_of_later_migrations_are_open_to_the_application(
    owner_engine: Engine, app_engine: Engine
) -> None:
    with owner_engine.begin() as connection:
        connection.execute(text("CREATE TABLE later (id integer)"))
    with app_engine.begin() as connection:
        connection.execute(text("INSERT INTO later VALUES (1)"))
        assert connection.scalar(text("SELECT count(*) FROM later")) == 1


def test_a_role_named_from_outside_must_exist(empty_database_settings: Settings) -> None:
    assert empty_database_settings.database_url is not None
    url = psycopg_url(empty_database_settings.database_url.get_secret_value())
    absent = url.set(username="nobody_there").render_as_string(hide_password=False)
    settings = empty_database_settings.model_copy(update={"app_database_url": SecretStr(absent)})

    with pytest.raises(ConfigurationError, match="nobody_there"):
        set_up(settings)


def test_the_owner_cannot_be_the_application(empty_database_settings: Settings) -> None:
    settings = empty_database_settings.model_copy(
        update={"app_database_url": empty_database_settings.database_url}
    )

    with pytest.raises(ConfigurationError, match="must not use the owner's role"):
        set_up(settings)
