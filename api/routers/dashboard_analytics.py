"""Pages tell what people do with dashboards."""

from typing import Annotated

from fastapi import APIRouter, Depends
from sqlalchemy import Connection
from starlette.responses import Response

from api.answers import answer
from api.deps import Edge, Requires
from api.resources import DASHBOARD_ANALYTICS, PREFIX
from api.schemas.logs import DashboardAnalyticsCreate, DashboardAnalyticsRead
from dataviz_pipelines.core import crud
from dataviz_pipelines.core.dashboards.uses import note_use
from dataviz_pipelines.core.security.caller import Caller

router = APIRouter(prefix=f"{PREFIX}/dashboard-analytics", tags=["analytics"])


@router.post(
    "",
    operation_id="create_use_of_dashboard",
    response_model=DashboardAnalyticsRead,
    status_code=201,
)
def create(
    body: DashboardAnalyticsCreate,
    edge: Annotated[Edge, Depends(Requires("dashboards:view", rows=True))],
) -> Response:
    """Each `view` counts for the dashboard's `view_count` too."""

    def work(connection: Connection, caller: Caller) -> Response:
        used_id = note_use(
            connection,
            caller,
            body.dashboard_id,
            body.action_type,
            duration_s=body.duration_seconds,
        )
        row = crud.get_row(connection, caller, DASHBOARD_ANALYTICS, used_id)
        location = f"{router.prefix}/{used_id}"
        return answer(row, status=201, headers={"Location": location})

    return edge.write(work)
