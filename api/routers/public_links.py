"""F76: links that show a dashboard to people who are not logged in."""

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.answers import answer, answer_page, answer_row
from api.crud import Etag, IfMatch
from api.deps import Edge, Requires
from api.queries import list_query, listing
from api.resources import PREFIX
from api.schemas.access import (
    PublicLinkCreate,
    PublicLinkOpened,
    PublicLinkRead,
    PublicLinkUpdate,
)
from api.schemas.base import page_of
from dataviz_pipelines.core.access import public_links
from dataviz_pipelines.core.access.public_links import PUBLIC_LINKS, NewLink
from dataviz_pipelines.core.crud import Row, etag

router = APIRouter(prefix=f"{PREFIX}/public-links", tags=["public links"])

Publishing = Annotated[Edge, Depends(Requires("dashboards:publish", rows=True))]
LinksQuery = list_query(PUBLIC_LINKS)


@router.get("", operation_id="list_public_links", response_model=page_of(PublicLinkRead))
def show_all(query: Annotated[LinksQuery, Query()], edge: Publishing) -> Response:  # type: ignore[valid-type]  # made at run time
    """Of all dashboards that one may publish, revoked ones too."""
    asked = listing(query, PUBLIC_LINKS)
    work = partial(public_links.list_links, listing=asked, included=query.included)  # type: ignore[attr-defined]  # as above
    return answer_page(edge.read(work))


@router.get(
    "/{id}",
    operation_id="get_public_link",
    response_model=PublicLinkRead,
    responses={200: Etag},
)
def show(id: UUID, edge: Publishing) -> Response:
    return answer_row(edge.read(partial(public_links.get_link, link_id=id)))


@router.post(
    "",
    operation_id="create_public_link",
    status_code=201,
    response_model=PublicLinkOpened,
    responses={201: Etag},
)
async def create(body: PublicLinkCreate, request: Request, edge: Publishing) -> Response:
    """The answer is the only place where the token is shown. Nobody makes one for what they may not see themselves."""

    def work() -> Response:
        new = NewLink(body.dashboard_id, body.name, body.expires_at, _hashed(edge, body.password))
        row, token = edge.write(partial(public_links.create_link, new=new))
        return _opened(request, row, token, status=201)

    return await _run(request, body.password, work)


@router.patch(
    "/{id}",
    operation_id="update_public_link",
    response_model=PublicLinkRead,
    responses={200: Etag},
)
async def change(
    id: UUID,
    body: PublicLinkUpdate,
    request: Request,
    edge: Publishing,
    if_match: IfMatch = None,
) -> Response:
    def work() -> Response:
        values = _with_hash(edge, body.values())
        changed = edge.write(
            partial(public_links.change_link, link_id=id, values=values, if_match=if_match)
        )
        return answer_row(changed)

    return await _run(request, body.password, work)


@router.post(
    "/{id}/rotate",
    operation_id="rotate_public_link",
    response_model=PublicLinkOpened,
    responses={200: Etag},
)
def rotate(id: UUID, request: Request, edge: Publishing) -> Response:
    """A new token, shown once; the old one stops working at once. Whoever rotates a link answers for it from then on."""
    row, token = edge.write(partial(public_links.rotate_link, link_id=id))
    return _opened(request, row, token)


@router.delete("/{id}", operation_id="revoke_public_link", status_code=204)
def revoke(id: UUID, edge: Publishing) -> Response:
    """It stops working at once, and stays in the list."""
    edge.write(partial(public_links.revoke_link, link_id=id))
    return Response(status_code=204)


async def _run(request: Request, password: str | None, work: Any) -> Response:
    """Where a password is hashed, nothing else waits for it."""
    if password is None:
        response: Response = await run_in_threadpool(work)
        return response
    hashed: Response = await request.app.state.hashing.run(work)
    return hashed


def _hashed(edge: Edge, password: str | None) -> str | None:
    if password is None:
        return None
    edge.caller()
    return public_links.link_password_hash(password)


def _with_hash(edge: Edge, values: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in values.items() if name != "password"}
    if "password" in values:
        kept["password_hash"] = _hashed(edge, values["password"])
    return kept


def _opened(request: Request, row: Row, token: str, *, status: int = 200) -> Response:
    site = request.app.state.settings.site
    return answer(
        {**row, "token": token, "url": f"{site}{PREFIX}/public/dashboards/{token}"},
        status=status,
        headers={"ETag": etag(row)},
    )
