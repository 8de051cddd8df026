"""To each recipient apart, so that none sees another's address. Whoever has it is not sent it again when the run is tried again."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from dataviz_pipelines.core.clock import utc_now
from dataviz_pipelines.core.errors import DatavizError
from dataviz_pipelines.core.job_types.report_delivery.config import ReportDeliveryConfig
from dataviz_pipelines.core.mail import MailServerAwayError
from dataviz_pipelines.core.models.notifications import DeliveryKind
from dataviz_pipelines.core.network import network_guard
from dataviz_pipelines.core.notifications import store
from dataviz_pipelines.core.notifications.files import Parcel, Recipient, send_file
from dataviz_pipelines.core.notifications.sending import Outside
from dataviz_pipelines.core.scheduling.errors import JobFailedError
from dataviz_pipelines.core.scheduling.job_types import JobContext
from dataviz_pipelines.core.secrets import Vault, key_source

_MOST_NAMED: Final = 20


def still_without(
    context: JobContext[ReportDeliveryConfig], recipients: Sequence[Recipient]
) -> list[Recipient]:
    """Those whom no earlier try of this run has reached."""
    run_id = UUID(context.run_key)
    with context.engine.connect() as connection:
        sent = store.sent(connection, run_id)
    without = [each for each in recipients if each.delivery_id(run_id) not in sent]
    for each in recipients:
        if each not in without:
            context.log.say(f"An earlier try has reached {each.shown}.")
    return without


def send_to_each(
    context: JobContext[ReportDeliveryConfig], parcel: Parcel, recipients: Sequence[Recipient]
) -> None:
    """Raises JobFailedError with everybody whom it did not reach; the others have it. A mail server that is away is waited for
    once, and not once for each of them."""
    settings = context.settings
    guard, vault = network_guard(settings), Vault(key_source(settings))
    outside = Outside(settings, vault, guard, utc_now)
    failed: list[str] = []
    can_mail = True
    for each in recipients:
        if each.kind is DeliveryKind.EMAIL and not can_mail:
            failed.append(f"{each.shown}: not tried.")
            continue
        try:
            send_file(context.engine, outside, parcel, each)
        except DatavizError as error:
            failed.append(f"{each.shown}: {error}")
            can_mail = can_mail and not isinstance(error, MailServerAwayError)
        else:
            context.log.say(f"Sent to {each.shown}.")
    if failed:
        raise _failure(failed, len(recipients))


def _failure(failed: Sequence[str], count: int) -> JobFailedError:
    more = len(failed) - _MOST_NAMED
    return JobFailedError(
        f"The report did not reach {len(failed)} of {count}. {' '.join(failed[:_MOST_NAMED])}"
        + (f" And {more} more." if more > 0 else "")
    )
