"""Seals what was written to the audit, every minute."""

import dagster as dg

from dataviz_pipelines.core.audit import head, seal
from dataviz_pipelines.resources import Platform


@dg.sensor(
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Seals new rows of the audit into a chain of hashes, so that nobody can change them unseen.",
)
def audit_seals(platform: dg.ResourceParam[Platform]) -> dg.SkipReason:
    """Says where the chain ends, so that Dagster's log of its ticks bears witness to it."""
    with platform.engine.begin() as connection:
        rows = seal(connection)
        return dg.SkipReason(f"Sealed {rows} rows. Head of the chain: {head(connection)}")
