"""Dashboards for people who are not logged in."""

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import Response

from api.answers import answer
from api.deps import Open
from api.origin import origin_of
from api.resources import PREFIX
from api.schemas.access import LinkPassword, PublicDashboard, PublicKey
from dataviz_pipelines.core.access.viewing import Visit, view

router = APIRouter(
    prefix=f"{PREFIX}/public/dashboards",
    tags=["public dashboards"],
    dependencies=[Depends(Open())],
)

Key = Annotated[PublicKey, Path()]


@router.get("/{key}", operation_id="get_public_dashboard", response_model=PublicDashboard)
def show(key: Key, request: Request) -> Response:
    """By the token of a link, or by the id of a dashboard that is public. A link with a password answers 401."""
    return _answer(view(request.app.state.engine, Visit(key, origin_of(request))))


@router.post("/{key}", operation_id="open_public_dashboard", response_model=PublicDashboard)
async def unlock(key: Key, body: LinkPassword, request: Request) -> Response:
    """The same with the password of the link."""
    visit = Visit(key, origin_of(request), body.password)
    state = request.app.state
    return _answer(await state.hashing.run(partial(view, state.engine, visit)))


def _answer(shown: dict[str, Any]) -> Response:
    return answer({name: shown[name] for name in PublicDashboard.model_fields})
