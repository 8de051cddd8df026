"""`verify` finds what somebody broke, and the SQL that it prints repairs it."""

from datetime import UTC, datetime

import psycopg
import pytest
from sqlalchemy import make_url

from dataviz_pipelines.core.db import database_urls
from dataviz_pipelines.core.schema.service import Drift, set_up, verify
from dataviz_pipelines.core.settings import Settings


def _run(settings: Settings, script: str) -> None:
    assert settings.database_url is not None
    url = make_url(settings.database_url.get_secret_value()).set(drivername="postgresql")
    app = str(database_urls(settings).app.username)
    with psycopg.connect(
        url.render_as_string(hide_password=False), options="-csearch_path=pg_catalog"
    ) as connection:
        connection.execute(script.replace("$APP", f'"{app}"').encode())


def _repair(settings: Settings, drifts: list[Drift]) -> None:
    """As a person would: all the printed statements, in their order."""
    _run(settings, "\n".join(drift.repair_sql for drift in drifts))


def test_a_database_that_was_set_up_does_not_differ(database_settings: Settings) -> None:
    assert verify(database_settings) == []


def test_a_database_of_a_set_up_with_its_own_role_does_not_differ(
    empty_database_settings: Settings,
) -> None:
    set_up(empty_database_settings)

    assert verify(empty_database_settings) == []


def test_verifying_leaves_nothing_behind(database_settings: Settings) -> None:
    verify(database_settings)
    verify(database_settings)

    _run(
        database_settings,
        "DO $$ BEGIN ASSERT to_regnamespace('dataviz_verify') IS NULL; END $$",
    )


def test_a_restored_backup_does_not_differ(database_settings: Settings) -> None:
    """A restore reads PostgreSQL's own text of every check and index, which gives it yet another text."""
    _run(
        database_settings,
        """
        DO $$
        DECLARE item record;
        BEGIN
            SET LOCAL search_path TO public;
            FOR item IN SELECT conrelid::regclass AS name, conname, pg_get_constraintdef(oid) AS definition
                FROM pg_constraint WHERE contype = 'c' AND connamespace = 'public'::regnamespace
                AND conislocal AND coninhcount = 0
            LOOP
                EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', item.name, item.conname);
                EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I %s', item.name, item.conname, item.definition);
            END LOOP;
            FOR item IN SELECT indexrelid::regclass AS name, pg_get_indexdef(indexrelid) AS definition
                FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
                WHERE indpred IS NOT NULL AND relnamespace = 'public'::regnamespace AND relkind = 'i'
            LOOP
                EXECUTE format('DROP INDEX %s', item.name);
                EXECUTE item.definition;
            END LOOP;
        END $$
        """,
    )

    assert verify(database_settings) == []


BREAKS = {
    "column users.timezone": "ALTER TABLE public.users DROP COLUMN timezone",
    "column upload_history.attempt": "ALTER TABLE public.upload_history DROP COLUMN attempt",
    "column users.stray": "ALTER TABLE public.users ADD COLUMN stray integer",
    "column users.first_name": "ALTER TABLE public.users ALTER COLUMN first_name TYPE varchar(99)",
    "column users.last_name": (
        'ALTER TABLE public.users ALTER COLUMN last_name TYPE varchar(100) COLLATE "C"'
    ),
    "column upload_history.status": (
        "ALTER TABLE public.upload_history ALTER COLUMN status TYPE text"
    ),
    "column upload_history.source": (
        "ALTER TABLE public.upload_history ALTER COLUMN source TYPE varchar(30)"
    ),
    "column upload_history.file_size_bytes": (
        "ALTER TABLE public.upload_history ALTER COLUMN file_size_bytes TYPE numeric"
    ),
    "column dashboards.name": "ALTER TABLE public.dashboards ALTER COLUMN name DROP NOT NULL",
    "column dashboards.view_count": (
        "ALTER TABLE public.dashboards ALTER COLUMN view_count SET DEFAULT 1"
    ),
    "column users.id": "ALTER TABLE public.users ALTER COLUMN id DROP DEFAULT",
    "column dashboard_components.width": (
        "ALTER TABLE public.dashboard_components ALTER COLUMN width ADD GENERATED ALWAYS AS IDENTITY"
    ),
    "index idx_users_email": "DROP INDEX public.idx_users_email",
    "index idx_upload_history_loaded_once": (
        "DROP INDEX public.idx_upload_history_loaded_once; "
        "CREATE UNIQUE INDEX idx_upload_history_loaded_once "
        "ON public.upload_history (template_id, file_hash) WHERE status = 'failed'"
    ),
    "index idx_audit_logs_timestamp": "DROP INDEX public.idx_audit_logs_timestamp",
    "index stray": "CREATE INDEX stray ON public.users (first_name)",
    "constraint ck_upload_history_records_add_up of upload_history": (
        "ALTER TABLE public.upload_history DROP CONSTRAINT ck_upload_history_records_add_up"
    ),
    "constraint ck_upload_history_source of upload_history": (
        "ALTER TABLE public.upload_history DROP CONSTRAINT ck_upload_history_source, "
        "ADD CONSTRAINT ck_upload_history_source CHECK (source IN ('drop', 'api', 'cli', 'fax'))"
    ),
    "constraint stray of users": (
        "ALTER TABLE public.users ADD CONSTRAINT stray CHECK (email <> 'x')"
    ),
    "constraint fk_dashboards_theme_id of dashboards": (
        "ALTER TABLE public.dashboards DROP CONSTRAINT fk_dashboards_theme_id, "
        "ADD CONSTRAINT fk_dashboards_theme_id FOREIGN KEY (theme_id) "
        "REFERENCES public.theme_library (id) ON DELETE CASCADE"
    ),
    "constraint fk_audit_logs_user_id of audit_logs": (
        "ALTER TABLE public.audit_logs DROP CONSTRAINT fk_audit_logs_user_id"
    ),
    "constraint pk_theme_library of theme_library": (
        "ALTER TABLE public.theme_library DROP CONSTRAINT pk_theme_library CASCADE"
    ),
    "constraint uq_roles_name of roles": "ALTER TABLE public.roles DROP CONSTRAINT uq_roles_name",
    "trigger touch_updated_at of users": "DROP TRIGGER touch_updated_at ON public.users",
    "trigger touch_updated_at of dashboards": (
        "ALTER TABLE public.dashboards DISABLE TRIGGER touch_updated_at"
    ),
    "function uuid_v7()": (
        "CREATE OR REPLACE FUNCTION public.uuid_v7() RETURNS uuid LANGUAGE sql "
        "AS 'SELECT gen_random_uuid()'"
    ),
    "function create_month_partitions(date,date)": (
        "DROP FUNCTION public.create_month_partitions(date, date)"
    ),
    "function stray(integer)": (
        "CREATE FUNCTION public.stray(integer) RETURNS integer LANGUAGE sql AS 'SELECT 1'"
    ),
    "table stray": "CREATE TABLE public.stray (id integer)",
    "table rejected_rows": "DROP TABLE public.rejected_rows",
    "table users": "DROP TABLE public.users CASCADE",
    "table audit_logs": "DROP TABLE public.audit_logs",
    "table notifications": "ALTER TABLE public.notifications SET UNLOGGED",
    "table bookmarks": "ALTER TABLE public.bookmarks OWNER TO $APP",
    "schema uploads": "DROP SCHEMA uploads CASCADE",
    "extension pg_trgm": "DROP EXTENSION pg_trgm CASCADE",
    "index idx_column_metadata_search_terms": "DROP INDEX public.idx_column_metadata_search_terms",
    "partitions": "DROP TABLE partitions.audit_logs_default",
    "privileges": "REVOKE INSERT ON public.audit_logs FROM $APP",
    "migration": "DELETE FROM public.alembic_version",
    "seed roles viewer": "DELETE FROM public.roles WHERE name = 'viewer'",
    "seed theme_library Light": "DELETE FROM public.theme_library WHERE name = 'Light'",
    "seed system_settings query_max_rows": (
        "DELETE FROM public.system_settings WHERE setting_key = 'query_max_rows'"
    ),
    "seed scheduler_jobs File drops": "DELETE FROM public.scheduler_jobs",
}


@pytest.mark.parametrize(("broken", "script"), BREAKS.items(), ids=BREAKS)
def test_F112_what_is_broken_is_found_and_the_printed_sql_repairs_it(
    database_settings: Settings, broken: str, script: str
) -> None:
    _run(database_settings, script)

    drifts = verify(database_settings)
    assert broken in {drift.object for drift in drifts}

    _repair(database_settings, drifts)
    assert verify(database_settings) == []


@pytest.mark.parametrize(
    "script",
    [
        "GRANT UPDATE ON public.audit_logs TO $APP",
        "GRANT UPDATE (user_agent) ON public.audit_logs TO $APP",
        "GRANT DELETE ON public.audit_logs TO PUBLIC",
        "GRANT CREATE ON SCHEMA public TO $APP",
        "GRANT USAGE ON SCHEMA partitions TO $APP",
        "REVOKE CREATE ON SCHEMA uploads FROM $APP",
        "REVOKE ALL ON FUNCTION public.create_month_partitions FROM $APP",
        "GRANT EXECUTE ON FUNCTION public.create_month_partitions TO PUBLIC",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE SELECT ON TABLES FROM $APP",
        "REVOKE DELETE ON public.users FROM $APP",
    ],
)
def test_privileges_too_many_or_too_few_are_found_and_repaired(
    database_settings: Settings, script: str
) -> None:
    _run(database_settings, script)

    drifts = verify(database_settings)
    assert [drift.object for drift in drifts] == ["privileges"]

    _repair(database_settings, drifts)
    assert verify(database_settings) == []


@pytest.mark.parametrize(
    "script",
    [
        "ALTER ROLE $APP SUPERUSER",
        "ALTER ROLE $APP CREATEROLE",
        "GRANT pg_write_all_data TO $APP",
    ],
)
def test_a_role_that_became_too_mighty_is_found_and_repaired(
    empty_database_settings: Settings, script: str
) -> None:
    set_up(empty_database_settings)
    _run(empty_database_settings, script)

    drifts = verify(empty_database_settings)
    assert [drift.object for drift in drifts] == ["privileges"]

    _repair(empty_database_settings, drifts)
    assert verify(empty_database_settings) == []


def test_rows_of_a_table_that_lost_its_partitioning_are_kept(database_settings: Settings) -> None:
    _run(
        database_settings,
        "DROP TABLE public.audit_logs; "
        "CREATE TABLE public.audit_logs "
        "(id uuid, timestamp timestamptz, action_type text, resource_type text, "
        "created_at timestamptz DEFAULT now(), updated_at timestamptz DEFAULT now());"
        "INSERT INTO public.audit_logs "
        "VALUES (public.uuid_v7(), now(), 'create', 'users'), (public.uuid_v7(), '1999-01-01', 'a', 'b')",
    )

    _repair(database_settings, verify(database_settings))

    assert verify(database_settings) == []
    _run(
        database_settings,
        "DO $$ BEGIN ASSERT (SELECT count(*) FROM public.audit_logs) = 2; END $$",
    )


def test_the_rows_of_a_stray_table_are_kept(database_settings: Settings) -> None:
    _run(database_settings, "CREATE TABLE public.stray AS SELECT 1 AS id")

    _repair(database_settings, verify(database_settings))

    _run(database_settings, "DO $$ BEGIN ASSERT (SELECT count(*) FROM strays.stray) = 1; END $$")


def test_the_sql_for_an_empty_database_sets_all_of_it_up(
    empty_database_settings: Settings,
) -> None:
    set_up(empty_database_settings)
    _run(
        empty_database_settings,
        "DROP SCHEMA public, partitions, uploads, dagster CASCADE; CREATE SCHEMA public",
    )

    _repair(empty_database_settings, verify(empty_database_settings))

    assert verify(empty_database_settings) == []


def test_the_partitions_of_the_months_ahead_are_wanted(database_settings: Settings) -> None:
    def in_2044() -> datetime:
        return datetime(2044, 11, 30, tzinfo=UTC)

    drifts = verify(database_settings, clock=in_2044)

    assert [drift.object for drift in drifts] == ["partitions"]
    assert "audit_logs_2044_11" in drifts[0].what
    assert "query_execution_logs_2045_02" in drifts[0].what
    _repair(database_settings, drifts)
    assert verify(database_settings, clock=in_2044) == []
