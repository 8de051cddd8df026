"""Who gets a report: addresses and channels by name, and people by what they are at this moment."""

from collections.abc import Iterator, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from dataviz_pipelines.core.job_types.report_delivery.config import (
    ReportChannel,
    ReportDeliveryConfig,
)
from dataviz_pipelines.core.models.notifications import DeliveryKind
from dataviz_pipelines.core.notifications.files import Recipient, webhook_named
from dataviz_pipelines.core.scheduling.errors import JobFailedError
from dataviz_pipelines.core.scheduling.job_types import JobContext
from dataviz_pipelines.core.sql import blocks, execute

MOST: Final = 200
_SQL: Final = blocks("dataviz_pipelines.core.job_types.report_delivery", "report_delivery.sql")


def find_recipients(context: JobContext[ReportDeliveryConfig]) -> list[Recipient]:
    """Each once, whatever names them. Raises JobFailedError when there is nobody, or too many are named."""
    with context.engine.connect() as connection:
        every = _recipients(connection, context)
        unique = {each.delivery_id(context.job_id): each for each in every}
    found = list(unique.values())
    if not found:
        raise JobFailedError(
            "There is nobody to send it to: those whom the job names are not active."
        )
    if len(found) > MOST:
        raise JobFailedError(
            f"The report has {len(found):,} recipients, and {MOST} are the most.",
            remedy="Send it to the address of a mailing list.",
        )
    return found


def _recipients(
    connection: Connection, context: JobContext[ReportDeliveryConfig]
) -> Iterator[Recipient]:
    config = context.config
    for channel in config.channels:
        yield from _of_channel(connection, channel, context.owner_id)
    yield from _people(connection, config.user_ids, config.role_ids)


def _of_channel(
    connection: Connection, channel: ReportChannel, owner_id: UUID | None
) -> Iterator[Recipient]:
    if channel.target is not None and channel.kind == "webhook":
        yield webhook_named(connection, channel.target)
    elif channel.target is not None:
        yield Recipient(DeliveryKind.EMAIL, channel.target)
    elif owner_id is not None:
        yield from _people(connection, [owner_id], [])
    else:
        raise JobFailedError(
            "The job has no owner, to whose address it could be sent.",
            remedy="Give the e-mail a target.",
        )


def _people(
    connection: Connection, user_ids: Sequence[UUID], role_ids: Sequence[UUID]
) -> Iterator[Recipient]:
    values = {"user_ids": list(user_ids), "role_ids": list(role_ids)}
    for user_id, email, name in execute(connection, _SQL["people"], values).fetchall():
        yield Recipient(DeliveryKind.EMAIL, email, user_id=user_id, name=name)
