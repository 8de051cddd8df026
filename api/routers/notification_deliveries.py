"""A message that did not arrive is sent again."""

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.answers import answer_row
from api.crud import Etag
from api.deps import Edge, Requires
from api.resources import PREFIX
from api.schemas.notifications import DeliveryRead
from dataviz_pipelines.core.notifications.deliveries import send_again

router = APIRouter(prefix=f"{PREFIX}/notification-deliveries", tags=["notification deliveries"])

Own = Annotated[Edge, Depends(Requires(None))]


@router.post(
    "/{id}/retry",
    operation_id="retry_notification_delivery",
    response_model=DeliveryRead,
    responses={200: Etag},
)
def retry(id: UUID, edge: Own) -> Response:
    """One that failed or was suppressed; whoever it was for may ask, and administrators."""
    return answer_row(edge.write(partial(send_again, delivery_id=id)))
