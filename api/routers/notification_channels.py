"""Channels: created, connected elsewhere, signed with another secret, tried out. What else is done with them is plain, but
they are nobody's own: without the permission they are refused, not unseen."""

from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from sqlalchemy import Connection
from starlette.responses import Response

from api.answers import answer, answer_row
from api.crud import Etag, resource_router
from api.deps import Edge, Requires
from api.resources import PREFIX, Resource
from api.schemas.notifications import (
    ChannelCreate,
    ChannelCreated,
    ChannelRead,
    ChannelTried,
    ChannelUpdate,
    ChannelUrlWrite,
)
from dataviz_pipelines.core.clock import utc_now
from dataviz_pipelines.core.notifications.channels import (
    CHANNELS,
    change_url,
    create_channel,
    rotate_secret,
    try_channel,
)
from dataviz_pipelines.core.secrets import Vault
from dataviz_pipelines.core.security.caller import Caller

router = APIRouter(prefix=f"{PREFIX}/notification-channels", tags=["notification channels"])
plain = resource_router(
    Resource("notification-channels", CHANNELS, ChannelRead, update=ChannelUpdate)
)

Editing = Annotated[Edge, Depends(Requires("system_settings:edit"))]


@router.post(
    "",
    operation_id="create_notification_channel",
    response_model=ChannelCreated,
    status_code=201,
)
def create(body: ChannelCreate, request: Request, edge: Editing) -> Response:
    """The URL is sealed. There is no Idempotency-Key: what it would keep tells of the secret. Names are unique, so that
    nothing is created twice."""
    values = body.model_dump(mode="json", exclude={"url"})
    url = body.url.get_secret_value()

    def work(connection: Connection, caller: Caller) -> dict[str, Any]:
        made = create_channel(connection, caller, values, url=url, vault=_vault(request))
        return {**made[0], "signing_secret": made[1]}

    row = edge.write(work)
    return answer(row, status=201, headers={"Location": f"{router.prefix}/{row['id']}"})


@router.put(
    "/{id}/url",
    operation_id="change_notification_channel_url",
    response_model=ChannelRead,
    responses={200: Etag},
)
def change(id: UUID, body: ChannelUrlWrite, request: Request, edge: Editing) -> Response:
    """What signs stays the same."""
    url = body.url.get_secret_value()
    work = partial(change_url, channel_id=id, url=url, vault=_vault(request))
    return answer_row(edge.write(work))


@router.post(
    "/{id}/rotate-secret",
    operation_id="rotate_notification_channel_secret",
    response_model=ChannelCreated,
)
def rotate(id: UUID, request: Request, edge: Editing) -> Response:
    """For a day the secret before signs as well."""
    work = partial(rotate_secret, channel_id=id, now=utc_now(), vault=_vault(request))
    row, secret = edge.write(work)
    return answer({**row, "signing_secret": secret})


@router.post("/{id}/test", operation_id="test_notification_channel", status_code=202)
def test(id: UUID, edge: Editing) -> ChannelTried:
    """Queues a message that says it is a test, and tells where to see whether it arrived."""
    return ChannelTried(delivery_id=edge.write(partial(try_channel, channel_id=id)))


def _vault(request: Request) -> Vault:
    vault: Vault = request.app.state.connecting.vault
    return vault
