"""What became of notices that were sent."""

from typing import Final

from api.resources.resource import Resource
from api.schemas.notifications import DeliveryRead
from dataviz_pipelines.core.notifications.deliveries import DELIVERIES

RESOURCES: Final = (
    Resource("notification-deliveries", DELIVERIES, DeliveryRead, can_delete=False),
)
