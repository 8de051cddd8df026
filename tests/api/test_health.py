"""Is it alive, is it ready: asked over HTTP, of a real database."""

from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, make_url

from api.app import create_app
from dataviz_pipelines.core.clock import utc_now
from dataviz_pipelines.core.db import database_urls
from dataviz_pipelines.core.health.service import (
    INBOX_SENSOR,
    SCHEDULER_SENSOR,
    UPLOAD_WORKER,
    record_beat,
)
from dataviz_pipelines.core.schema.service import set_up
from dataviz_pipelines.core.settings import Settings
from dataviz_pipelines.local import postgres
from dataviz_pipelines.local.cluster import Cluster
from tests.api.serving import serving
from tests.servers.processes import free_port


def test_live_answers(client: httpx.Client) -> None:
    answer = client.get("/health/live")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_F114_ready_is_ok_while_the_sensor_and_the_worker_look(
    client: httpx.Client, app_engine: Engine
) -> None:
    record_beat(app_engine, INBOX_SENSOR)
    record_beat(app_engine, SCHEDULER_SENSOR)
    record_beat(app_engine, UPLOAD_WORKER)
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")
    assert sorted(answer.json()["checks"]) == [
        "dagster",
        "database",
        "migrations",
        "scheduler",
        "uploads",
    ]


def test_F114_ready_is_degraded_when_the_heartbeat_is_old(
    client: httpx.Client, app_engine: Engine
) -> None:
    record_beat(app_engine, INBOX_SENSOR, clock=lambda: utc_now() - timedelta(minutes=5))
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    check = answer.json()["checks"]["dagster"]
    assert (check["ok"], check["lag_s"] >= 300) == (False, True)


@pytest.mark.slow
def test_R15_the_api_starts_without_its_database_and_recovers_without_a_restart(
    tmp_path: Path,
) -> None:
    home = tmp_path / "home"
    cluster = Cluster(
        directory=home / "postgres",
        password_file=home / "keys" / "owner.password",
        log_file=home / "postgres.log",
        options={"shared_buffers": "16MB"},
        )  # fmt: skip
    with postgres.running(cluster) as address:
        url = make_url(address.url("dataviz"))
        settings = Settings(
            home=home, database_url=SecretStr(url.render_as_string(hide_password=False))
        )
        set_up(settings)
    with serving(create_app(settings)) as client:
        assert client.get("/health/live").status_code == 200
        away = client.get("/health/ready")
        assert (away.status_code, away.json()["status"]) == (503, "unavailable")
        assert away.json()["checks"]["database"]["message"] == "It does not answer."
        with postgres.running(cluster):
            assert client.get("/health/ready").json()["checks"]["database"]["ok"]
            assert client.get("/health/ready").status_code == 200
        assert client.get("/health/ready").status_code == 503


def test_S67_what_readiness_says_of_a_database_that_is_away_holds_no_address(
    database_settings: Settings,
) -> None:
    app_url = database_urls(database_settings).app.set(port=free_port(), password="very-secret")
    shown = app_url.render_as_string(hide_password=False)
    settings = database_settings.model_copy(update={"app_database_url": SecretStr(shown)})
    with serving(create_app(settings)) as client:
        answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert "very-secret" not in answer.text
    assert str(app_url.port) not in answer.text
