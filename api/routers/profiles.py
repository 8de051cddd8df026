"""Profiles of tables: made, while the caller waits as for any query, and read."""

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.answers import answer
from api.deps import Edge, Requires
from api.querying import Querying
from api.resources import PREFIX
from api.schemas.profiles import ProfileBody, TableProfileRead
from dataviz_pipelines.core.models.ids import new_id
from dataviz_pipelines.core.profiling.service import known_profile, profile_table

router = APIRouter(prefix=f"{PREFIX}/tables", tags=["tables"])

Running = Annotated[Edge, Depends(Requires("saved_queries:run", rows=True, shareable=False))]


@router.post("/{id}/profile", operation_id="profile_table", response_model=TableProfileRead)
async def profile(id: UUID, body: ProfileBody, request: Request, edge: Running) -> Response:
    """Reads a sample, which is a query of the caller's. The caller must see the data source and its metadata."""
    caller = await run_in_threadpool(edge.caller)
    querying: Querying = request.app.state.querying
    execution_id = new_id()
    work = partial(
        profile_table, querying.platform, caller, id, rows=body.rows, execution_id=execution_id
    )
    return await querying.run(request, caller, execution_id, lambda: answer(work().document()))


@router.get("/{id}/profile", operation_id="get_table_profile", response_model=TableProfileRead)
def read(id: UUID, edge: Running) -> Response:
    """What was found last; no columns if that was never. It shows values, and is for whom could query them."""
    return answer(edge.read(partial(known_profile, table_id=id)).document())
