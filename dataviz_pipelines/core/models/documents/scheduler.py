"""JSON of the scheduler tables."""

from typing import Annotated, Final, Literal, Self
from uuid import UUID

from cronsim import CronSim, CronSimError
from pydantic import AfterValidator, Field, StringConstraints, model_validator

from dataviz_pipelines.core.clock import utc_now
from dataviz_pipelines.core.models.documents.document import Document

CRON_FIELDS: Final = 5
NEVER: Final = "never"
NotificationEvent = Literal["failure", "recovery", "warning", "success"]


def _cron(expression: str) -> str:
    try:
        if len(expression.split()) != CRON_FIELDS:
            raise CronSimError("it needs five fields: minute, hour, day, month, weekday")
        CronSim(expression, utc_now())
    except CronSimError as error:
        raise ValueError(f"it is not a cron expression: {error}") from error
    return expression


def _cron_or_never(text: str) -> str:
    return text if text == NEVER else _cron(text)


CronExpression = Annotated[str, StringConstraints(max_length=200), AfterValidator(_cron)]
CronOrNever = Annotated[str, StringConstraints(max_length=200), AfterValidator(_cron_or_never)]


class NotificationChannel(Document):
    """Where a notice goes. `target` of a mail is an address, without one the people it concerns get it at theirs; of a
    webhook or chat the name or id of a notification channel, which keeps the URL as a secret. In-app needs none."""

    kind: Literal["in_app", "email", "webhook", "chat"]
    target: str | None = Field(None, max_length=500)

    @model_validator(mode="after")
    def _names_a_place(self) -> Self:
        if self.target is not None and "://" in self.target:
            raise ValueError("a URL can be a secret: name a notification channel that has it")
        if self.kind in ("webhook", "chat") and not self.target:
            raise ValueError(f"a {self.kind} needs a `target`: the name of a notification channel")
        return self


class Audience(Document):
    """Whom an incident was told."""

    user_ids: list[UUID] = Field(default_factory=list)
    channels: list[NotificationChannel] = Field(default_factory=list)


class NotificationConfig(Document):
    events: list[NotificationEvent] = Field(default=["failure", "recovery", "warning"])
    channels: list[NotificationChannel] = Field(default_factory=list)


class RunPolicy(Document):
    """How a job's runs are handled. Times are in seconds; docs/jobs.md says what each means."""

    overlap: Literal["skip", "buffer", "cancel", "allow"] = "skip"
    catch_up: Literal["none", "last", "all"] = "last"
    catch_up_window_s: int = Field(86_400, ge=60, le=2_678_400)
    jitter_s: int = Field(0, ge=0, le=3_600)
    timeout_s: int | None = Field(None, ge=1, le=86_400)
    max_retries: int = Field(0, ge=0, le=10)
    retry_delay_s: int = Field(60, ge=1, le=3_600)
    priority: int = Field(0, ge=-10, le=10)
    warn_after: int = Field(3, ge=1, le=1_000)
    pause_after: int | None = Field(10, ge=1, le=1_000)
