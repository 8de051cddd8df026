"""Changes of rows are in the audit, whoever makes them; the application can only append to it."""

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DataError, ProgrammingError

from dataviz_pipelines.core.security.caller import Origin, act_as

ADA = "INSERT INTO users (email, password_hash) VALUES ('ada@example.org', 'secret') RETURNING id"


def noted(connection: Connection) -> list[tuple[str, object, object]]:
    rows = connection.execute(
        text(
            "SELECT action_type, old_values, new_values FROM audit_logs "
            "WHERE resource_type = 'users' ORDER BY timestamp"
        )
    )
    return [(action, old, new) for action, old, new in rows]


def test_S62_a_change_and_its_audit_commit_together(app_engine: Engine) -> None:
    with app_engine.connect() as connection:
        connection.execute(text(ADA))
        assert [action for action, _, _ in noted(connection)] == ["create"]
        connection.rollback()
        assert noted(connection) == []


def test_S62_a_change_that_cannot_be_audited_is_not_made(app_engine: Engine) -> None:
    with app_engine.connect() as connection:
        act_as(connection, None, Origin(ip_address="no address"))
        with pytest.raises(DataError):
            connection.execute(text(ADA))
        connection.rollback()
        assert connection.scalar(text("SELECT count(*) FROM users")) == 0


def test_F89_a_change_is_noted_with_old_and_new_values_and_its_origin(app_engine: Engine) -> None:
    with app_engine.begin() as connection:
        ada = connection.execute(text(ADA)).scalar_one()
        act_as(connection, ada, Origin("2001:db8::1", "curl/8", "request-1"))
        connection.execute(text("UPDATE users SET first_name = 'Ada'"))
        action, old, new = noted(connection)[-1]
        origin = connection.execute(
            text(
                "SELECT user_id, host(ip_address), user_agent, request_id FROM audit_logs "
                "WHERE action_type = 'update'"
            )
        ).one()
    assert (action, old, new) == ("update", {"first_name": None}, {"first_name": "Ada"})
    assert tuple(origin) == (ada, "2001:db8::1", "curl/8", "request-1")


def test_F90_direct_sql_is_noted_with_the_role_that_ran_it(
    owner_engine: Engine, app_engine: Engine
) -> None:
    with owner_engine.begin() as connection:
        connection.execute(text("UPDATE system_settings SET is_public = NOT is_public"))
    with app_engine.connect() as connection:
        found = connection.execute(
            text(
                "SELECT DISTINCT user_id, database_user FROM audit_logs "
                "WHERE resource_type = 'system_settings' AND action_type = 'update'"
            )
        )
        assert [tuple(row) for row in found] == [(None, owner_engine.url.username)]


def test_S65_the_audit_holds_no_secret(app_engine: Engine) -> None:
    with app_engine.begin() as connection:
        connection.execute(text(ADA))
        ((_, _, new),) = noted(connection)
    assert isinstance(new, dict)
    assert new["password_hash"] == "***"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_logs SET user_agent = NULL",
        "DELETE FROM audit_logs",
        "TRUNCATE audit_logs",
        "ALTER TABLE audit_logs DISABLE TRIGGER USER",
        "INSERT INTO audit_seals (sequence, kind, row_count, entries, previous_hash, hash) "
        "VALUES (99, 'rows', 0, '', '', '')",
        "UPDATE audit_seals SET kind = 'erasure'",
        "DELETE FROM audit_seals",
        "TRUNCATE audit_seals",
        "SELECT append_audit_seals('erasure', '{}', now())",
    ],
)
def test_S63_the_application_can_neither_change_the_audit_nor_seal_what_it_likes(
    app_engine: Engine, statement: str
) -> None:
    with (
        app_engine.connect() as connection,
        pytest.raises(ProgrammingError, match=r"permission denied|must be owner"),
    ):
        connection.execute(text(statement))
