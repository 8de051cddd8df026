"""What a type of job is: a model of its configuration and a function that does the work. `core.job_types` has those there are."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import Connection, Engine

from dataviz_pipelines.core.clock import Clock, utc_now
from dataviz_pipelines.core.errors import Fault
from dataviz_pipelines.core.models.access import ResourceType
from dataviz_pipelines.core.models.documents.document import Document
from dataviz_pipelines.core.models.scheduler import JobType
from dataviz_pipelines.core.scheduling.run_log import RunLog
from dataviz_pipelines.core.security.caller import Caller
from dataviz_pipelines.core.settings import Settings

Config = TypeVar("Config", bound=Document)
Credentials = TypeVar("Credentials", bound=Document)


@dataclass(frozen=True)
class LogIn(Generic[Credentials]):
    """What a job of some configuration logs in with elsewhere. It is kept sealed, beside the configuration. `addressee` says who
    gets to see it: when that is changed it must be entered again."""

    credentials: type[Credentials]
    addressee: str


@dataclass(frozen=True)
class JobContext(Generic[Config]):
    """What a run is given. `owner` is on whose behalf, with what they may do at this moment; None: the platform's own. `slot` is
    the time that the run is for, None: somebody started it by hand. `timezone` is the job's. `run_key` stays the same when the
    run is tried again. What is written to `log` people can read; say secrets to `log.hide` first. `sealed` are the job's
    credentials, which `credentials.opened` opens."""

    engine: Engine
    settings: Settings
    job_id: UUID
    job_name: str
    owner: Caller | None
    target_id: UUID | None
    config: Config
    run_key: str
    slot: datetime | None
    log: RunLog
    timezone: str = "UTC"
    sealed: Mapping[str, Any] | None = None

    @property
    def owner_id(self) -> UUID | None:
        return None if self.owner is None else self.owner.user_id


@dataclass(frozen=True)
class Runner(Generic[Config]):
    """`run` raises DatavizError when the job fails. A `heavy` run gets a Dagster run of its own, in `pool` if there is one;
    light ones share. `log_in` says with what a job logs in elsewhere. `target` is the kind of thing that the job works on.
    Whoever saves the job needs the `permissions`, with what `also_needed` says of its configuration, and so does its owner
    whenever it runs; to both `admit` refuses the target as the route for the same work does. `clash` says what of the
    configuration somebody else has already; the id is the job's, None while it has none.
    `is_repeatable`: the same work twice has the same effect, so a run whose process died is tried again
    even if the job allows no retries."""

    job_type: JobType
    config: type[Config]
    run: Callable[[JobContext[Config]], None]
    timeout_s: int
    heavy: bool = False
    pool: str | None = None
    target: ResourceType | None = None
    permissions: tuple[str, ...] = ()
    also_needed: Callable[[Config], tuple[str, ...]] = lambda _: ()
    log_in: Callable[[Config], LogIn[Any] | None] = lambda _: None
    admit: Callable[[Connection, Caller, UUID], None] | None = None
    clash: Callable[[Connection, Config, UUID | None], Fault | None] = lambda *_: None
    is_repeatable: bool = False

    def needed(self, job_config: Mapping[str, Any]) -> tuple[str, ...]:
        """The permissions that a job of this configuration takes. Raises ValidationError."""
        return (*self.permissions, *self.also_needed(self.config.model_validate(job_config)))


Runners = Mapping[str, Runner[Any]]


@dataclass(frozen=True)
class Scheduling:
    """What the scheduler works with. `runners` are by type; `worker` is the module whose processes do their runs, `workers` how
    many of them a batch has at most."""

    engine: Engine
    settings: Settings
    runners: Runners
    clock: Clock = field(default=utc_now)
    worker: str = "dataviz_pipelines.core.job_types.worker"
    workers: int = 4


def spread_s(key: str, most_s: float) -> float:
    """A number from 0 to `most_s` that is always the same for the key."""
    number = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big")
    return number / 2**64 * most_s
