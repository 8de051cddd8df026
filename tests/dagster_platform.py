"""Dagster's side over a real database: fixtures for tests of assets, jobs and sensors."""

from collections.abc import Iterator
from typing import Any

import dagster as dg
import pytest
from sqlalchemy import Engine

from dataviz_pipelines.core.settings import Settings
from dataviz_pipelines.definitions import defs
from dataviz_pipelines.resources import Platform
from dataviz_pipelines.sensors.inbox import inbox_files
from tests.dropbox import DropBox


@pytest.fixture
def platform(database_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Platform]:
    """As a process of the installation has it, from the environment."""
    assert database_settings.database_url is not None
    assert database_settings.app_database_url is not None
    for name, value in {
        "HOME": str(database_settings.root),
        "DATABASE_URL": database_settings.database_url.get_secret_value(),
        "APP_DATABASE_URL": database_settings.app_database_url.get_secret_value(),
        "INBOX_SETTLE_S": "0",
    }.items():
        monkeypatch.setenv(f"DATAVIZ_{name}", value)
    made = Platform()
    yield made
    made.discovering.pools.close()
    made.engine.dispose()


@pytest.fixture
def box(platform: Platform, app_engine: Engine) -> DropBox:
    """With the template `orders`."""
    made = DropBox(platform.settings, app_engine)
    made.add_template()
    return made


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as made:
        yield made


def tick(instance: dg.DagsterInstance, platform: Platform, cursor: str = "") -> dg.SensorResult:
    """One look of the inbox sensor, with what Dagster does about partitions afterwards."""
    with dg.build_sensor_context(
        instance=instance, definitions=defs, resources={"platform": platform}, cursor=cursor
    ) as context:
        result = inbox_files(context)
    assert isinstance(result, dg.SensorResult)
    for request in result.dynamic_partitions_requests or []:
        instance.add_dynamic_partitions(request.partitions_def_name, request.partition_keys)
    return result


def load(
    instance: dg.DagsterInstance, platform: Platform, **config: Any
) -> dg.ExecuteInProcessResult:
    """A run of the job for the template `orders`, as the sensor or a person launches it."""
    instance.add_dynamic_partitions("upload_templates", ["orders"])
    return defs.resolve_job_def("load_uploads").execute_in_process(
        instance=instance,
        partition_key="orders",
        run_config={"ops": {"uploads": {"config": config}}},
        resources={"platform": platform},
        raise_on_error=False,
    )


def launch(
    instance: dg.DagsterInstance, platform: Platform, request: dg.RunRequest
) -> dg.ExecuteInProcessResult:
    return defs.resolve_job_def("load_uploads").execute_in_process(
        instance=instance,
        partition_key=request.partition_key,
        run_config=request.run_config,
        tags={**request.tags, "dagster/run_key": request.run_key or ""},
        resources={"platform": platform},
        raise_on_error=False,
    )
