"""`dataviz doctor`: looks at everything that has to be right, and says how to put right what is not."""

import os

from dataviz_pipelines.core.clock import Clock, utc_now
from dataviz_pipelines.core.errors import DatavizError
from dataviz_pipelines.core.settings import Settings
from dataviz_pipelines.local.cluster import Cluster
from dataviz_pipelines.local.database_checks import check_database
from dataviz_pipelines.local.findings import Finding, fail, warn
from dataviz_pipelines.local.machine_checks import check_machine
from dataviz_pipelines.local.postgres import database


def examine(settings: Settings, *, clock: Clock = utc_now) -> list[Finding]:
    """Changes nothing. An embedded database that exists but does not run is started for as long as this takes."""
    return [*check_machine(settings, os.environ), *_examine_database(settings, clock)]


def _examine_database(settings: Settings, clock: Clock) -> list[Finding]:
    if settings.database_url is None and not Cluster.of(settings).data.exists():
        return [warn("database", "There is no embedded database yet.", "`dataviz up` makes it.")]
    try:
        with database(settings) as configured:
            return check_database(configured, clock=clock)
    except DatavizError as error:
        return [fail("database", error.message, error.remedy or "")]
