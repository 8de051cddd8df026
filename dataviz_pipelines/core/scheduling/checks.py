"""What the schema of a job cannot judge, and the columns that follow from others; the table of resources names this check."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import ValidationError
from sqlalchemy import Connection

from dataviz_pipelines.core.clock import utc_now
from dataviz_pipelines.core.crud import require_visible
from dataviz_pipelines.core.crud.errors import InvalidRowError
from dataviz_pipelines.core.errors import Fault
from dataviz_pipelines.core.models.access import ResourceType
from dataviz_pipelines.core.scheduling.errors import JobInvalidError, faults_within
from dataviz_pipelines.core.scheduling.job_types import Runners
from dataviz_pipelines.core.scheduling.operating import require_runner
from dataviz_pipelines.core.scheduling.planning import times_of
from dataviz_pipelines.core.scheduling.rights import require_rights, says_what_it_does
from dataviz_pipelines.core.security.caller import Caller
from dataviz_pipelines.core.security.rows import KINDS

CHECKED_COLUMNS: Final = frozenset(
    {
        *(
            "target_resource_type",
            "target_resource_id",
            "job_type",
            "job_config",
            "notification_config",
        ),
        *("created_by", "is_active"),
        *("schedule_expression", "timezone", "run_at", "starts_at", "ends_at"),
    }
)


def check_job(
    connection: Connection, caller: Caller, values: Mapping[str, Any], *, runners: Runners
) -> dict[str, Any]:
    """Raises InvalidRowError, JobInvalidError or PermissionDeniedError. Returns the next slot, and what being active again resets."""
    check_target(connection, caller, values)
    check_config(values, runners)
    if says_what_it_does(connection, values):
        check_clash(connection, values, runners)
        require_rights(connection, caller, runners[values["job_type"]], values)
    planned = values.get("next_run_at")
    found: dict[str, Any] = {"next_run_at": times_of(values).next_slot(utc_now(), planned)}
    if values.get("is_active", True) and values.get("pause_reason") is not None:
        found |= {"pause_reason": None, "consecutive_failures": 0}
    return found


def check_config(values: Mapping[str, Any], runners: Runners) -> None:
    """Of a type that this installation runs, and as the type wants it. Raises JobInvalidError."""
    require_runner(runners, values["job_type"])
    runner = runners[values["job_type"]]
    if runner.target is not None and values.get("target_resource_type") != runner.target.value:
        fault = Fault("/target_resource_type", f"the job works on a {runner.target.value}")
        raise JobInvalidError([fault])
    given = values.get("job_config", {})
    try:
        runner.config.model_validate(given)
    except ValidationError as error:
        raise JobInvalidError(faults_within(error, "/job_config", given)) from None


def check_clash(connection: Connection, values: Mapping[str, Any], runners: Runners) -> None:
    """With others' work, which a job of that configuration would undo. Raises JobInvalidError."""
    runner = runners[values["job_type"]]
    config = runner.config.model_validate(values.get("job_config", {}))
    fault = runner.clash(connection, config, values.get("id"))
    if fault is not None:
        raise JobInvalidError([fault])


def check_target(connection: Connection, caller: Caller, values: Mapping[str, Any]) -> None:
    """A target is a kind and an id, of something that the caller may see. Raises InvalidRowError."""
    kind, target_id = values.get("target_resource_type"), values.get("target_resource_id")
    if (kind is None) != (target_id is None):
        raise InvalidRowError(
            "A target needs both its type and its id.", place="/target_resource_id"
        )
    if kind is not None and target_id is not None:
        known = KINDS[ResourceType(kind)]
        require_visible(connection, caller, known, target_id, place="/target_resource_id")
