"""The one place from which people hear of jobs. What is told follows from a counter, so nothing is told twice."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from dataviz_pipelines.core.models.documents.permissions import EVERYTHING
from dataviz_pipelines.core.models.documents.scheduler import NotificationConfig
from dataviz_pipelines.core.notifications import Notice, notify
from dataviz_pipelines.core.scheduling import store


class Event(StrEnum):
    """What can be told of a job. `PAUSED` is told whatever was chosen: the job does not run any more."""

    FAILURE = "failure"
    RECOVERY = "recovery"
    WARNING = "warning"
    SUCCESS = "success"
    PAUSED = "paused"


_TITLES: Final = {
    Event.FAILURE: "The job {name} failed",
    Event.RECOVERY: "The job {name} works again",
    Event.WARNING: "The job {name} keeps failing",
    Event.SUCCESS: "The job {name} has run",
    Event.PAUSED: "The job {name} was paused",
}


@dataclass(frozen=True)
class Told:
    """The job, as far as it matters for who hears what."""

    id: UUID
    name: str
    owner_id: UUID | None
    notifications: NotificationConfig


def tell(connection: Connection, job: Told, event: Event, message: str) -> None:
    """Its owner, if the job wants the event told. Of a pause those hear too who manage everybody's jobs, for the owner may be
    gone."""
    if event is not Event.PAUSED and event.value not in job.notifications.events:
        return
    people = {job.owner_id} - {None}
    if event is Event.PAUSED or not people:
        people |= _managers(connection)
    notice = Notice(
        kind=f"job_{event.value}",
        title=_TITLES[event].format(name=job.name),
        message=message,
        action_url=f"/scheduler-jobs/{job.id}",
    )
    notify(connection, notice, [person for person in people if person is not None])


def _managers(connection: Connection) -> set[UUID | None]:
    permissions = [EVERYTHING, "scheduler_jobs:manage"]
    return {each["id"] for each in store.rows(connection, "managers", permissions=permissions)}
