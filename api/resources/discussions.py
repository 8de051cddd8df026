"""Comments, and what people are told. Comments are written and deleted by a router of their own."""

from dataclasses import replace
from typing import Final

from api.resources.people import OWNER
from api.resources.resource import Resource
from api.schemas.discussions import CommentRead, NotificationRead, NotificationUpdate
from dataviz_pipelines.core.crud import Shared
from dataviz_pipelines.core.discussions import comments, notifications

COMMENTS: Final = replace(comments.COMMENTS, includes={"author": OWNER, "resource": Shared()})

RESOURCES: Final = (
    Resource("comments", COMMENTS, CommentRead, can_delete=False),
    Resource(
        "notifications",
        notifications.NOTIFICATIONS,
        NotificationRead,
        update=NotificationUpdate,
        in_bulk=True,
    ),
)
