"""The sensor that seals the audit, on a real Dagster instance."""

import re

import dagster as dg
from sqlalchemy import Engine

from dataviz_pipelines.core.audit import head, verify_audit
from dataviz_pipelines.definitions import defs
from dataviz_pipelines.resources import Platform
from dataviz_pipelines.sensors.audit import audit_seals


def tick(instance: dg.DagsterInstance, platform: Platform) -> str:
    with dg.build_sensor_context(
        instance=instance, definitions=defs, resources={"platform": platform}
    ) as context:
        result = audit_seals(context)
    assert isinstance(result, dg.SkipReason)
    return result.skip_message or ""


def test_F91_a_tick_seals_what_was_written_and_names_the_head(
    instance: dg.DagsterInstance, platform: Platform, app_engine: Engine
) -> None:
    first = tick(instance, platform)
    match = re.fullmatch(r"Sealed (\d+) rows\. Head of the chain: (1:[0-9a-f]{64})", first)
    assert match is not None
    with app_engine.connect() as connection:
        assert match[2] == str(head(connection))
    assert tick(instance, platform) == f"Sealed 0 rows. Head of the chain: {match[2]}"
    assert verify_audit(app_engine).rows == int(match[1])
