"""The models through the ORM, on a real server, as the application's role."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session as OrmSession

from dataviz_pipelines.core.models.tables import (
    AuditLog,
    Dashboard,
    Theme,
    UploadHistory,
    UploadSource,
    UploadStatus,
    UploadTemplate,
    User,
)


def _template() -> UploadTemplate:
    return UploadTemplate(
        name="flights", file_format="csv", validation_rules={}, destination_config={}
    )


def test_the_id_is_known_before_the_row_is_written(app_engine: Engine) -> None:
    with OrmSession(app_engine) as session:
        user = User(email="ada@example.org")
        session.add(user)
        session.flush()

        assert isinstance(user.id, UUID)
        assert user.id.version == 7


def test_updated_at_moves_with_a_change_and_only_then(app_engine: Engine) -> None:
    with OrmSession(app_engine) as session:
        user = User(email="ada@example.org")
        session.add(user)
        session.commit()
        first = user.updated_at

        session.execute(text("UPDATE users SET email = email"))
        session.commit()
        assert user.updated_at == first

        user.first_name = "Ada"
        session.flush()
        assert user.updated_at > first
        assert user.updated_at.tzinfo is not None


def test_updated_at_cannot_be_set_by_hand(app_engine: Engine) -> None:
    with OrmSession(app_engine) as session:
        user = User(email="ada@example.org")
        session.add(user)
        session.flush()

        session.execute(text("UPDATE users SET updated_at = '2000-01-01'"))
        session.refresh(user)
        assert user.updated_at.year > 2000


def test_addresses_are_unique_whatever_their_case(app_engine: Engine) -> None:
    with OrmSession(app_engine) as session:
        session.add_all([User(email="Ada@example.org"), User(email="ada@EXAMPLE.org")])

        with pytest.raises(IntegrityError, match="idx_users_email"):
            session.flush()


def test_F29_counts_that_do_not_add_up_are_refused(app_engine: Engine) -> None:
    with OrmSession(app_engine) as session:
        template = _template()
        session.add(template)
        session.flush()
        session.add(
            UploadHistory(
                template_id=template.id,
                file_name="a.csv",
                file_size_bytes=1,
                source=UploadSource.DROP,
                status=UploadStatus.SUCCEEDED,
                records_processed=3,
                records_success=1,
                records_failed=1,
            )
        )

        with pytest.raises(IntegrityError, match="ck_upload_history_records_add_up"):
            session.flush()


def test_a_status_outside_the_vocabulary_is_refused(app_engine: Engine) -> None:
    with OrmSession(app_engine) as session:
        template = _template()
        session.add(template)
        session.flush()
        session.add(
            UploadHistory(
                template_id=template.id,
                file_name="a",
                file_size_bytes=1,
                source="api",
                status="odd",
            )
        )

        with pytest.raises(IntegrityError, match="ck_upload_history_status"):
            session.flush()


def test_a_template_with_history_cannot_be_deleted(app_engine: Engine) -> None:
    with OrmSession(app_engine) as session:
        template = _template()
        session.add(template)
        session.flush()
        session.add(
            UploadHistory(
                template_id=template.id, file_name="a", file_size_bytes=1, source=UploadSource.CLI
            )
        )
        session.flush()
        session.delete(template)

        with pytest.raises(IntegrityError, match="fk_upload_history_template_id"):
            session.flush()


def test_deleting_a_person_keeps_what_they_made(app_engine: Engine) -> None:
    with OrmSession(app_engine) as session:
        user = User(email="ada@example.org")
        session.add(user)
        session.flush()
        dashboard = Dashboard(name="Sales", created_by=user.id)
        session.add(dashboard)
        session.flush()
        session.delete(user)
        session.flush()
        session.refresh(dashboard)

        assert dashboard.created_by is None


def test_a_person_with_an_audit_trail_cannot_be_deleted(app_engine: Engine) -> None:
    with OrmSession(app_engine) as session:
        user = User(email="ada@example.org")
        session.add(user)
        session.flush()
        session.add(AuditLog(user_id=user.id, action_type="login", resource_type="users"))
        session.flush()
        session.delete(user)

        with pytest.raises(IntegrityError, match="fk_audit_logs_user_id"):
            session.flush()


def test_only_one_theme_is_the_default(app_engine: Engine) -> None:
    with OrmSession(app_engine) as session:
        assert session.scalars(select(Theme.name).where(Theme.is_default)).all() == ["Light"]
        session.add(Theme(name="Mine", is_default=True))

        with pytest.raises(IntegrityError, match="idx_theme_library_default"):
            session.flush()


def _partitions(session: OrmSession) -> list[tuple[str, int]]:
    rows = session.execute(
        text(
            "SELECT tableoid::regclass::text, count(*) FROM audit_logs WHERE action_type = 'a' GROUP BY 1 ORDER BY 1"
        )
    )
    return [(name, count) for name, count in rows]


def test_events_go_to_the_partition_of_their_month(app_engine: Engine) -> None:
    moment = datetime(2031, 5, 31, 23, 59, 59, tzinfo=UTC)
    with OrmSession(app_engine) as session:
        session.execute(text("SELECT create_month_partitions('2031-05-01', '2031-06-01')"))
        for at in (moment, moment.replace(month=6, day=1, hour=0), moment.replace(year=1999)):
            session.add(AuditLog(timestamp=at, action_type="a", resource_type="r"))
        session.flush()

        assert _partitions(session) == [
            ("partitions.audit_logs_2031_05", 1),
            ("partitions.audit_logs_2031_06", 1),
            ("partitions.audit_logs_default", 1),
        ]


def test_events_that_came_before_their_partition_move_into_it(app_engine: Engine) -> None:
    with OrmSession(app_engine) as session:
        session.add(
            AuditLog(timestamp=datetime(2031, 5, 2, tzinfo=UTC), action_type="a", resource_type="r")
        )
        session.flush()
        assert _partitions(session) == [("partitions.audit_logs_default", 1)]

        session.execute(text("SELECT create_month_partitions('2031-05-01', '2031-05-01')"))
        assert _partitions(session) == [("partitions.audit_logs_2031_05", 1)]
