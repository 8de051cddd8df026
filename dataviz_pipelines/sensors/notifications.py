"""Delivers what people are told elsewhere than in the app."""

import dagster as dg

from dataviz_pipelines.resources import Platform

INTERVAL_S = 10
PATIENCE_S = (
    2.0  # what takes longer goes on in its thread, so that slow servers hold up no other sensor
)


@dg.sensor(
    minimum_interval_seconds=INTERVAL_S,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Sends mails, webhooks and chat messages that are due.",
)
def notification_deliveries(platform: dg.ResourceParam[Platform]) -> dg.SkipReason:
    """Key: the delivery's id, which the message bears, so that one that was sent twice is known for the same."""
    begun = platform.deliverer.look(patience_s=PATIENCE_S)
    return dg.SkipReason(f"Began to deliver {begun} messages.")
