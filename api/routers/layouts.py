"""Where the components of a dashboard lie (F77, F80)."""

from functools import partial
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.answers import answer
from api.crud import Etag, IfMatch
from api.deps import Edge, Requires
from api.resources import PREFIX
from api.schemas.layouts import LayoutRead, LayoutUpdate, MobileLayoutRead
from dataviz_pipelines.core.crud import etag
from dataviz_pipelines.core.dashboards.arranging import (
    Layout,
    arrange,
    mobile_layout,
    read_layout,
)

router = APIRouter(prefix=f"{PREFIX}/dashboards/{{id}}", tags=["dashboards"])

Viewing = Annotated[Edge, Depends(Requires("dashboards:view", rows=True))]
Editing = Annotated[Edge, Depends(Requires("dashboards:edit", rows=True))]
_PLACE: Final = ("position_x", "position_y", "width", "height")


@router.get("/layout", operation_id="get_layout", response_model=LayoutRead, responses={200: Etag})
def get_layout(id: UUID, edge: Viewing) -> Response:
    """Where each component lies. The ETag is the dashboard's."""
    return _answer(edge.read(partial(read_layout, dashboard_id=id)))


@router.put("/layout", operation_id="put_layout", response_model=LayoutRead, responses={200: Etag})
def put_layout(id: UUID, body: LayoutUpdate, edge: Editing, if_match: IfMatch = None) -> Response:
    """Moves all components at once. They stay within the grid and do not overlap; containers may hold others."""
    positions = body.values()["positions"]
    return _answer(
        edge.write(partial(arrange, dashboard_id=id, positions=positions, if_match=if_match))
    )


@router.get("/mobile-layout", operation_id="get_mobile_layout", response_model=MobileLayoutRead)
def get_mobile_layout(id: UUID, edge: Viewing) -> Response:
    """What a phone shows: the layout that is stored with the dashboard, completed, or one derived from the desktop's."""
    derived, items = edge.read(partial(mobile_layout, dashboard_id=id))
    return answer({"derived": derived, "items": [item.model_dump() for item in items]})


def _answer(layout: Layout) -> Response:
    positions = [
        {"component_id": row["id"], **{name: row[name] for name in _PLACE}}
        for row in layout.components
    ]
    return answer(
        {"columns": layout.columns, "positions": positions},
        headers={"ETag": etag(layout.dashboard)},
    )
