"""The sensor that delivers, on a real Dagster instance."""

import dagster as dg
import pytest
from sqlalchemy import Engine, text

from dataviz_pipelines.core.notifications import MAIL, Notice, notify
from dataviz_pipelines.definitions import defs
from dataviz_pipelines.resources import Platform
from dataviz_pipelines.sensors.notifications import notification_deliveries
from tests.servers.smtp import mail_server


def test_F53_a_tick_sends_what_is_due(
    instance: dg.DagsterInstance,
    platform: Platform,
    app_engine: Engine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with app_engine.begin() as connection:
        user_id = connection.execute(
            text("INSERT INTO users (email) VALUES ('ada@example.org') RETURNING id")
        ).scalar_one()
        notify(connection, Notice("x", "Hello", "Something."), [user_id], [MAIL])
    with mail_server() as mails:
        monkeypatch.setenv("DATAVIZ_SMTP_URL", mails.url)
        context = dg.build_sensor_context(
            instance=instance, definitions=defs, resources={"platform": platform}
        )
        with context:
            assert "1 messages" in (notification_deliveries(context).skip_message or "")
            assert "0 messages" in (notification_deliveries(context).skip_message or "")
        assert mails.next().recipients == ["ada@example.org"]
    platform.deliverer.close()


def test_the_sensor_is_part_of_the_platform() -> None:
    names = {sensor.name for sensor in defs.get_repository_def().sensor_defs}
    assert {"notification_deliveries", "failed_runs", "recovered_runs", "failed_checks"} <= names
