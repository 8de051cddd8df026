"""JSON of the scheduler tables."""

from typing import Literal

from pydantic import Field

from dataviz_pipelines.core.models.documents.document import Document

NotificationEvent = Literal["failure", "recovery", "warning", "success"]


class NotificationChannel(Document):
    """`target` is an address or URL; in-app notices go to the job's owner and need none."""

    kind: Literal["in_app", "email", "webhook"]
    target: str | None = Field(None, max_length=500)


class NotificationConfig(Document):
    events: list[NotificationEvent] = Field(default=["failure", "recovery"])
    channels: list[NotificationChannel] = Field(default_factory=list)
