"""Comments and notifications."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, StringConstraints

from api.schemas.base import (
    INCLUDED,
    NOTHING_BUT_SPACE_OR_NUL,
    UNCHANGED,
    Flag,
    Input,
    Patch,
    Read,
)
from api.schemas.bookmarks import BookmarkedResource
from api.schemas.people import PersonRead
from dataviz_pipelines.core.models.access import ResourceType
from dataviz_pipelines.core.models.notifications import Severity

CommentText = Annotated[
    str, StringConstraints(min_length=1, max_length=10_000, pattern=NOTHING_BUT_SPACE_OR_NUL)
]


class CommentRead(Read):
    """`deleted_at`: what was said is gone, but not what was answered."""

    resource_type: ResourceType
    resource_id: UUID
    parent_comment_id: UUID | None
    comment_text: str
    is_resolved: bool
    resolved_by: UUID | None
    deleted_at: datetime | None
    author: PersonRead | None = INCLUDED
    resource: BookmarkedResource | None = INCLUDED


class CommentCreate(Input):
    """`@ada@example.org` or `@` and the id of a person in the text tells them of it, if they may see it. A reply names what
    it answers, which is about the same resource."""

    resource_type: ResourceType
    resource_id: UUID
    parent_comment_id: UUID | None = None
    comment_text: CommentText


class CommentUpdate(Patch):
    comment_text: CommentText = UNCHANGED


class NotificationRead(Read):
    """`action_url` leads to what it is about, below `/api/v1` unless it begins with `/dagster/`. `notice_id` finds the
    deliveries of the same notice."""

    user_id: UUID
    notification_type: str
    title: str
    message: str
    action_url: str | None
    severity: Severity
    notice_id: UUID | None
    is_read: bool
    expires_at: datetime | None


class NotificationUpdate(Patch):
    is_read: Flag = UNCHANGED


class UnreadCount(BaseModel):
    unread: int


class MarkedCount(BaseModel):
    """`marked`: how many were unread until now."""

    marked: int
