"""What runs said is kept for as long as the setting `job_log_days` says. Their rows stay: they are the record of each slot."""

from typing import Final

from dataviz_pipelines.core.scheduling import store
from dataviz_pipelines.core.scheduling.job_types import Scheduling

LOGS_AT_ONCE: Final = 200
"""Three million a day at a tick every five seconds, and few enough that no tick is held up."""


def empty_old_logs(scheduling: Scheduling) -> int:
    """Of runs that ended long ago, the oldest first; how many. What is left over is for the next call."""
    with scheduling.engine.begin() as connection:
        emptied = store.run(connection, "empty_logs", now=scheduling.clock(), most=LOGS_AT_ONCE)
        return emptied.rowcount
