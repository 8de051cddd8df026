"""All of a person's notifications at once; single ones are read and changed as every resource is (F81)."""

from typing import Annotated

from fastapi import APIRouter, Depends

from api.deps import Edge, Requires
from api.resources import PREFIX
from api.schemas.discussions import MarkedCount, UnreadCount
from dataviz_pipelines.core.discussions.notifications import count_unread, read_all

router = APIRouter(prefix=f"{PREFIX}/notifications", tags=["notifications"])

Own = Annotated[Edge, Depends(Requires(None))]


@router.get("/unread", operation_id="count_unread_notifications")
def unread(edge: Own) -> UnreadCount:
    return UnreadCount(unread=edge.read(count_unread))


@router.post("/read", operation_id="read_all_notifications")
def mark_all_read(edge: Own) -> MarkedCount:
    return MarkedCount(marked=edge.write(read_all))
