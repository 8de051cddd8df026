import pytest
from pydantic import ValidationError
from sqlalchemy import Engine, text

from dataviz_pipelines.core.models.documents.scheduler import NotificationChannel
from dataviz_pipelines.core.notifications import Notice, notify

NOTICE = Notice("source_changed", "x" * 300, "A column is gone.", "/tables/1")


def test_active_people_are_told_once_and_others_are_not(app_engine: Engine) -> None:
    with app_engine.begin() as connection:
        ids = [
            connection.execute(
                text("INSERT INTO users (email, is_active) VALUES (:email, :active) RETURNING id"),
                {"email": email, "active": email != "gone@example.org"},
            ).scalar_one()
            for email in ("ada@example.org", "gone@example.org", "unconcerned@example.org")
        ]
        notify(connection, NOTICE, ids[:2])
        told = connection.execute(
            text("SELECT user_id, notification_type, length(title), action_url FROM notifications")
        ).all()
    assert [tuple(row) for row in told] == [(ids[0], "source_changed", 255, "/tables/1")]


@pytest.mark.parametrize(
    "channel",
    [
        {"kind": "webhook", "target": "https://hooks.example.org/s3cret"},
        {"kind": "chat", "target": "slack://a/b/c"},
        {"kind": "webhook"},
        {"kind": "chat", "target": ""},
    ],
)
def test_a_job_names_a_channel_and_holds_no_url(channel: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="notification channel"):
        NotificationChannel.model_validate(channel)
