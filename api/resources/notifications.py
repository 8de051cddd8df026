"""Where notices go, and what became of them. Channels are created and connected by a router of their own."""

from typing import Final

from api.resources.resource import Resource
from api.schemas.notifications import ChannelRead, ChannelUpdate, DeliveryRead
from dataviz_pipelines.core.notifications.channels import CHANNELS
from dataviz_pipelines.core.notifications.deliveries import DELIVERIES

RESOURCES: Final = (
    Resource("notification-channels", CHANNELS, ChannelRead, update=ChannelUpdate),
    Resource("notification-deliveries", DELIVERIES, DeliveryRead, can_delete=False),
)
