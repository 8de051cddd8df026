"""Sends the rows of a saved query as a file: by mail, or to webhooks."""

from typing import Final

from dataviz_pipelines.core.job_types.querying import RUN_QUERIES
from dataviz_pipelines.core.job_types.report_delivery.config import ReportDeliveryConfig
from dataviz_pipelines.core.job_types.report_delivery.recipients import find_recipients
from dataviz_pipelines.core.job_types.report_delivery.sending import send_to_each, still_without
from dataviz_pipelines.core.job_types.report_delivery.writing import write_report
from dataviz_pipelines.core.models.access import ResourceType
from dataviz_pipelines.core.models.scheduler import JobType
from dataviz_pipelines.core.queries.saved import require_runnable
from dataviz_pipelines.core.scheduling.job_types import JobContext, Runner


def deliver(context: JobContext[ReportDeliveryConfig]) -> None:
    recipients = still_without(context, find_recipients(context))
    if not recipients:
        return
    report = write_report(context)
    if report is not None:
        send_to_each(context, report, recipients)


REPORT_DELIVERY: Final = Runner(
    job_type=JobType.REPORT_DELIVERY,
    config=ReportDeliveryConfig,
    run=deliver,
    timeout_s=1_800,
    target=ResourceType.SAVED_QUERY,
    permissions=(RUN_QUERIES,),
    admit=require_runnable,
    is_repeatable=True,
)
