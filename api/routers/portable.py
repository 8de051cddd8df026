"""Dashboards as portable documents (F75)."""

from functools import partial
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from sqlalchemy import Connection
from starlette.responses import Response

from api.answers import answer
from api.deps import Edge, Requires
from api.idempotency import Once
from api.resources import (
    CHARTS,
    DASHBOARDS,
    DATA_SOURCES,
    PREFIX,
    SAVED_QUERIES,
    THEMES,
    VISUALIZATIONS,
)
from api.schemas.portable import DashboardDocument, DashboardImport, ImportRead
from dataviz_pipelines.core.portable.exporting import export_dashboard
from dataviz_pipelines.core.portable.importing import import_dashboard
from dataviz_pipelines.core.portable.items import Item
from dataviz_pipelines.core.portable.parts import Parts
from dataviz_pipelines.core.security.caller import Caller

router = APIRouter(prefix=f"{PREFIX}/dashboards", tags=["dashboards"])

Viewing = Annotated[Edge, Depends(Requires("dashboards:view", rows=True))]
Creating = Annotated[Edge, Depends(Requires("dashboards:create"))]
_PARTS: Final = Parts(
    dashboards=DASHBOARDS,
    visualizations=VISUALIZATIONS,
    saved_queries=SAVED_QUERIES,
    themes=THEMES,
    charts=CHARTS,
    data_sources=DATA_SOURCES,
)


@router.get("/{id}/export", operation_id="export_dashboard", response_model=DashboardDocument)
def export_one(id: UUID, edge: Viewing) -> Response:
    """The dashboard with all it needs that the caller may see, and with the names of its data sources."""
    return answer(edge.read(partial(export_dashboard, parts=_PARTS, dashboard_id=id)))


@router.post("/import", operation_id="import_dashboard", response_model=ImportRead)
def import_one(
    body: DashboardImport,
    edge: Creating,
    once: Once,
    dry_run: Annotated[bool, Query(description="Whether to tell only what would happen.")] = False,
) -> Response:
    """Takes a document in, as a whole or not at all. What has the same id here becomes as the document has it where the caller
    may edit it, and stays as it is where not; what is not here is made."""
    values = body.model_dump(mode="json", by_alias=True)

    def work(connection: Connection, caller: Caller) -> Response:
        report = import_dashboard(
            connection,
            caller,
            _PARTS,
            values["document"],
            sources=values["data_sources"],
            dry_run=dry_run,
        )
        items = [_shown(item) for item in report.items]
        return answer({"dry_run": dry_run, "dashboard_id": report.dashboard_id, "items": items})

    return once.write(edge, work)


def _shown(item: Item) -> dict[str, object]:
    return {
        "kind": item.kind,
        "id": item.id,
        "name": item.name,
        "outcome": item.outcome,
        "imported_as": item.here,
        "changes": item.changes,
        "messages": item.messages,
    }
