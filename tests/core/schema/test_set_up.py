"""`set_up` on a real server: what it leaves behind, and that it can be run again, twice at once, or after a kill."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, make_url, text
from sqlalchemy.exc import IntegrityError

from dataviz_pipelines.core.db import (
    psycopg_url,
)
from dataviz_pipelines.core.errors import ConfigurationError, UnavailableError
from dataviz_pipelines.core.models.tables import FILE_DROPS_JOB_ID, Base
from dataviz_pipelines.core.schema.service import set_up
from dataviz_pipelines.core.settings import Settings


def _owner(settings: Settings) -> psycopg.Connection:
    assert settings.database_url is not None
    url = make_url(settings.database_url.get_secret_value()).set(drivername="postgresql")
    return psycopg.connect(url.render_as_string(hide_password=False), autocommit=True)


def _values(settings: Settings, query: str) -> list[object]:
    with _owner(settings) as connection:
        return [row[0] for row in connection.execute(query.encode())]


def test_every_table_of_the_models_is_created(empty_database_settings: Settings) -> None:
    set_up(empty_database_settings)

    tables = _values(
        empty_database_settings,
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')",
    )
    assert set(tables) == {*Base.metadata.tables, "alembic_version"}


def test_a_second_set_up_does_nothing(empty_database_settings: Settings) -> None:
    first = set_up(empty_database_settings)
    second = set_up(empty_database_settings)

    assert (first.revision_before, first.app_role_created) == (None, True)
    kept = _values(empty_database_settings, "SELECT version_num FROM alembic_version")
    assert kept == [first.revision]
    assert (second.revision_before, second.app_role_created) == (first.revision, False)
    assert second.partitions == second.seeds == second.privileges == ()


def test_the_schema_alone_is_set_up_without_seeds(empty_database_settings: Settings) -> None:
    report = set_up(empty_database_settings, seed=False)

    assert report.seeds == ()
    assert _values(empty_database_settings, "SELECT count(*) FROM roles") == [0]


def test_the_six_default_roles_are_seeded(owner_engine: Engine) -> None:
    with owner_engine.connect() as connection:
        names = connection.scalars(text("SELECT name FROM roles WHERE is_system_role")).all()

    assert sorted(names) == ["admin", "analyst", "editor", "super_admin", "uploader", "viewer"]


def test_the_job_that_file_drops_are_recorded_under_is_seeded(owner_engine: Engine) -> None:
    with owner_engine.connect() as connection:
        row = connection.execute(
            text("SELECT name, job_type FROM scheduler_jobs WHERE id = :id"),
            {"id": FILE_DROPS_JOB_ID},
        ).one()

    assert tuple(row) == ("File drops", "upload_ingestion")


def test_seeding_keeps_what_an_administrator_changed(database_settings: Settings) -> None:
    with _owner(database_settings) as connection:
        connection.execute(
            "UPDATE system_settings SET setting_value = '7' WHERE setting_key = 'max_upload_size_mb'"
        )
        connection.execute("UPDATE roles SET permissions = '[]' WHERE name = 'viewer'")
        connection.execute("UPDATE theme_library SET is_default = name = 'Dark'")
        connection.execute("DELETE FROM roles WHERE name = 'uploader'")

    report = set_up(database_settings)

    assert report.seeds == ("roles uploader",)
    query = "SELECT setting_value FROM system_settings WHERE setting_key = 'max_upload_size_mb'"
    assert _values(database_settings, query) == [7]
    assert _values(database_settings, "SELECT permissions FROM roles WHERE name = 'viewer'") == [[]]
    assert _values(database_settings, "SELECT name FROM theme_library WHERE is_default") == ["Dark"]


def test_two_set_ups_at_once_both_succeed(empty_database_settings: Settings) -> None:
    with ThreadPoolExecutor(2) as pool:
        reports = list(pool.map(set_up, [empty_database_settings] * 2))

    assert sorted(report.app_role_created for report in reports) == [False, True]
    assert _values(empty_database_settings, "SELECT count(*) FROM roles") == [6]


def test_R28_a_set_up_that_is_killed_midway_completes_when_run_again(
    empty_database_settings: Settings,
) -> None:
    assert empty_database_settings.database_url is not None
    script = (
        "import os, signal\n"
        "from dataviz_pipelines.core.schema import service\n"
        "from dataviz_pipelines.core.settings import Settings\n"
        "service.plant = lambda connection: os.kill(os.getpid(), signal.SIGKILL)\n"
        "service.set_up(Settings())\n"
    )
    killed = subprocess.run(
        [sys.executable, "-c", script],
        env={
            **os.environ,
            "DATAVIZ_HOME": str(empty_database_settings.home),
            "DATAVIZ_DATABASE_URL": empty_database_settings.database_url.get_secret_value(),
        },
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    _wait_until_alone(empty_database_settings)
    tables = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
    assert _values(empty_database_settings, tables) == [0]

    assert set_up(empty_database_settings).revision_before is None
    assert _values(empty_database_settings, "SELECT count(*) FROM roles") == [6]


def _wait_until_alone(settings: Settings) -> None:
    """The server notices within moments that the killed client is gone, and rolls back."""
    others = (
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
    )
    deadline = time.monotonic() + 30
    while _values(settings, others) != [0]:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_an_owner_that_may_not_create_roles_is_told_the_remedy(
    empty_database_settings: Settings,
) -> None:
    limited = _as_limited_owner(empty_database_settings)
    try:
        with pytest.raises(ConfigurationError, match="CREATEROLE") as caught:
            set_up(limited)
        assert "DATAVIZ_APP_DATABASE_URL" in str(caught.value)
    finally:
        _drop_limited_owner(empty_database_settings)


def test_an_owner_without_superuser_sets_everything_up(empty_database_settings: Settings) -> None:
    limited = _as_limited_owner(empty_database_settings, "CREATEROLE")
    try:
        assert set_up(limited).app_role_created
        second = set_up(limited)
        assert second.privileges == second.seeds == ()
    finally:
        _drop_limited_owner(empty_database_settings)


def _as_limited_owner(settings: Settings, *attributes: str) -> Settings:
    assert settings.database_url is not None
    url = psycopg_url(settings.database_url.get_secret_value())
    with _owner(settings) as connection:
        role = f"{url.database}_owner"
        connection.execute(
            f"CREATE ROLE {role} LOGIN PASSWORD 'limited' {' '.join(attributes)}".encode()
        )
        connection.execute(f"ALTER DATABASE {url.database} OWNER TO {role}".encode())
    owned = url.set(username=role, password="limited").render_as_string(hide_password=False)
    return settings.model_copy(update={"database_url": SecretStr(owned)})


def _drop_limited_owner(settings: Settings) -> None:
    assert settings.database_url is not None
    database = psycopg_url(settings.database_url.get_secret_value()).database
    with _owner(settings) as connection:
        connection.execute(f"REASSIGN OWNED BY {database}_owner TO CURRENT_USER".encode())
        connection.execute(f"DROP OWNED BY {database}_owner".encode())
        for role in (f"{database}_app", f"{database}_owner"):
            connection.execute(
                f"DO $$ BEGIN IF to_regrole('{role}') IS NOT NULL THEN DROP OWNED BY {role}; END IF; END $$".encode()
            )
            connection.execute(f"DROP ROLE IF EXISTS {role}".encode())


def test_without_the_extension_where_search_looks_for_it_the_remedy_is_told(
    empty_database_settings: Settings,
) -> None:
    with _owner(empty_database_settings) as connection:
        connection.execute("CREATE SCHEMA elsewhere")
        connection.execute("CREATE EXTENSION pg_trgm WITH SCHEMA elsewhere")

    with pytest.raises(ConfigurationError, match="pg_trgm") as caught:
        set_up(empty_database_settings)

    assert "ALTER EXTENSION pg_trgm SET SCHEMA public" in str(caught.value)
    assert _values(empty_database_settings, "SELECT to_regclass('users')") == [None]


def test_a_database_that_does_not_exist_is_named(empty_database_settings: Settings) -> None:
    assert empty_database_settings.database_url is not None
    url = psycopg_url(empty_database_settings.database_url.get_secret_value())
    absent = url.set(database="not_there").render_as_string(hide_password=False)
    settings = empty_database_settings.model_copy(update={"database_url": SecretStr(absent)})

    with pytest.raises(UnavailableError, match="not_there"):
        set_up(settings)


def test_without_a_database_the_message_says_what_to_set(empty_database_settings: Settings) -> None:
    settings = empty_database_settings.model_copy(update={"database_url": None})

    with pytest.raises(ConfigurationError, match="DATAVIZ_DATABASE_URL"):
        set_up(settings)


def test_R10_a_second_success_of_the_same_content_cannot_be_recorded(owner_engine: Engine) -> None:
    insert = text(
        "INSERT INTO upload_history (template_id, file_name, file_size_bytes, file_hash, status, source) "
        "SELECT id, 'a.csv', 1, repeat('a', 64), :status, 'drop' FROM upload_templates"
    )
    with owner_engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO upload_templates (name, file_format, validation_rules, destination_config) "
                "VALUES ('t', 'csv', '{}', '{}')"
            )
        )
        connection.execute(insert, {"status": "succeeded"})
        connection.execute(insert, {"status": "failed"})
        connection.execute(insert, {"status": "duplicate"})
    with (
        owner_engine.connect() as connection,
        pytest.raises(IntegrityError, match="idx_upload_history_loaded_once"),
    ):
        connection.execute(insert, {"status": "succeeded"})
