import pytest

from tests.dagster_platform import box, instance, platform


@pytest.fixture(autouse=True)
def _no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dataviz_pipelines.sensors.inbox.PATIENCE_S", 0.0)
    monkeypatch.setattr("dataviz_pipelines.jobs.scheduled.STAY_S", 0.0)


__all__ = ["box", "instance", "platform"]
