"""The report itself: the whole result as a file, and what is said with it."""

from datetime import datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from dataviz_pipelines.core.clock import utc_now
from dataviz_pipelines.core.job_types.querying import run_whole
from dataviz_pipelines.core.job_types.report_delivery.config import ReportDeliveryConfig
from dataviz_pipelines.core.job_types.report_delivery.naming import filled, on_one_line
from dataviz_pipelines.core.mail import Attachment
from dataviz_pipelines.core.notifications.files import Parcel
from dataviz_pipelines.core.queries.exporting import EXPORTS
from dataviz_pipelines.core.queries.results import Table
from dataviz_pipelines.core.scheduling.errors import JobFailedError
from dataviz_pipelines.core.scheduling.job_types import JobContext

_MB: Final = 2**20


def write_report(context: JobContext[ReportDeliveryConfig]) -> Parcel | None:
    """None when there are no rows and none are to be sent. Raises JobFailedError rather than leaving out a part."""
    config = context.config
    result = run_whole(context, config.parameters, max_rows=config.max_rows)
    count = len(result.table.rows)
    context.log.say(f"The query answered {count:,} rows in {result.elapsed_ms:,} ms.")
    if not count and not config.send_when_empty:
        context.log.say("An empty report is not sent.")
        return None
    moment = (context.slot or utc_now()).astimezone(ZoneInfo(context.timezone))
    file = _file(config, result.table, moment)
    context.log.say(f"{file.name} has {len(file.content):,} bytes.")
    return _parcel(context, file, count, moment)


def _file(config: ReportDeliveryConfig, table: Table, moment: datetime) -> Attachment:
    export = EXPORTS[config.format]
    content = export.write(table)
    if len(content) > config.max_mb * _MB:
        raise JobFailedError(
            f"The file has {len(content):,} bytes, and the job allows {config.max_mb} MB; nothing was sent.",
            remedy="Ask for less, send xlsx, which is compressed, or raise max_mb if mail servers take as much.",
        )
    name = f"{filled(config.file_name, moment)}.{config.format}"
    return Attachment(name, export.media_type, content)


def _parcel(
    context: JobContext[ReportDeliveryConfig], file: Attachment, count: int, moment: datetime
) -> Parcel:
    config = context.config
    rows = f"{file.name}: {count:,} {'row' if count == 1 else 'rows'}."
    signed = f"{rows}\nSent by the job {on_one_line(context.job_name)}.\n"
    message = filled(config.message, moment).strip()
    return Parcel(
        notice_id=UUID(context.run_key),
        title=filled(config.subject or on_one_line(context.job_name), moment),
        text=f"{message}\n\n{signed}" if message else signed,
        action_url=f"/scheduler-jobs/{context.job_id}",
        file=file,
        facts={
            "job_id": str(context.job_id),
            "scheduled_for": None if context.slot is None else context.slot.isoformat(),
            "row_count": count,
        },
    )
