"""Events that are noted by name."""

from uuid import uuid4

from sqlalchemy import Engine, select

from dataviz_pipelines.core.audit import note
from dataviz_pipelines.core.models.logs import AuditLog
from dataviz_pipelines.core.security.caller import Origin

ORIGIN = Origin("192.0.2.7", "curl/8", "request-1")


def test_s65_an_event_says_what_happened_to_what_and_from_where(app_engine: Engine) -> None:
    resource = uuid4()
    with app_engine.begin() as connection:
        note(
            connection,
            "login_failed",
            user_id=None,
            resource_type="users",
            resource_id=resource,
            details={"reason": "password"},
            origin=ORIGIN,
        )
        row = connection.execute(
            select(AuditLog.__table__).where(AuditLog.action_type == "login_failed")
        ).one()
    assert (row.user_id, row.resource_type, row.resource_id) == (None, "users", resource)
    assert (str(row.ip_address), row.user_agent, row.request_id) == (
        "192.0.2.7",
        "curl/8",
        "request-1",
    )
    assert (row.old_values, row.new_values) == (None, {"reason": "password"})
    assert row.timestamp.utcoffset() is not None
    assert row.database_user == app_engine.url.username


def test_an_event_may_be_about_nothing_in_particular(app_engine: Engine) -> None:
    with app_engine.begin() as connection:
        note(connection, "access_denied", user_id=None, origin=Origin())
        row = connection.execute(
            select(AuditLog.__table__).where(AuditLog.action_type == "access_denied")
        ).one()
    assert (row.resource_type, row.resource_id, row.new_values) == ("platform", None, None)
    assert (row.ip_address, row.user_agent, row.request_id) == (None, None, None)


def test_s62_an_event_is_rolled_back_with_its_transaction(app_engine: Engine) -> None:
    with app_engine.connect() as connection:
        note(connection, "login", user_id=None, origin=ORIGIN)
        connection.rollback()
    with app_engine.connect() as connection:
        found = connection.execute(
            select(AuditLog.__table__).where(AuditLog.action_type == "login")
        )
        assert found.all() == []
