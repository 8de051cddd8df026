"""Queries: run, estimated, cancelled, checked."""

from enum import StrEnum
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.answers import answer
from api.deps import Edge, Requires
from api.querying import Querying
from api.resources import PREFIX
from api.schemas.queries import (
    EstimateBody,
    EstimateRead,
    QueryBody,
    QueryHealthList,
    ResultRead,
    RunBody,
)
from dataviz_pipelines.core.models.ids import new_id
from dataviz_pipelines.core.queries.checking import check_saved_queries, estimate_query
from dataviz_pipelines.core.queries.exporting import EXPORTS
from dataviz_pipelines.core.queries.parameters import parse_parameters
from dataviz_pipelines.core.queries.results import Result
from dataviz_pipelines.core.queries.saved import run_saved_query, run_visualization
from dataviz_pipelines.core.queries.service import Asked, Question, cancel_query, run_query

sources = APIRouter(prefix=f"{PREFIX}/data-sources", tags=["queries"])
saved = APIRouter(prefix=f"{PREFIX}/saved-queries", tags=["queries"])
visualizations = APIRouter(prefix=f"{PREFIX}/visualizations", tags=["queries"])
executions = APIRouter(prefix=f"{PREFIX}/query-execution-logs", tags=["queries"])
ROUTERS: Final = (sources, saved, visualizations, executions)

Running = Annotated[Edge, Depends(Requires("saved_queries:run", rows=True, shareable=False))]
Viewing = Annotated[Edge, Depends(Requires("visualizations:view", rows=True))]
Cancelling = Annotated[Edge, Depends(Requires("saved_queries:run", rows=True, manageable=False))]


class Format(StrEnum):
    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"


As = Annotated[
    Format,
    Query(
        description="What the result comes as; files are for spreadsheets, and safe to open there."
    ),
]
Responses: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "content": {
            "text/csv": {"schema": {"type": "string"}},
            EXPORTS[Format.XLSX].media_type: {"schema": {"type": "string", "format": "binary"}},
        }
    }
}


@sources.post(
    "/{id}/query", operation_id="run_query", response_model=ResultRead, responses=Responses
)
async def run(
    id: UUID, body: QueryBody, request: Request, edge: Running, format: As = Format.JSON
) -> Response:
    """A single statement that only reads. The caller must see the data source."""
    caller, asked = await run_in_threadpool(edge.caller), _asked(body)
    platform, question = _state(request).platform, Question(id, body.sql)
    return await _state(request).run(
        request,
        caller,
        _id(asked),
        lambda: _told(run_query(platform, caller, question, asked), format),
    )


@sources.post("/{id}/query/estimate", operation_id="estimate_query", response_model=EstimateRead)
async def estimate(id: UUID, body: EstimateBody, request: Request, edge: Running) -> Response:
    """What it would read, by BigQuery's dry run; elsewhere only whether the data source would take it. Nothing is read."""
    caller = await run_in_threadpool(edge.caller)
    asked = Asked(parameters=parse_parameters(body.parameters))
    platform = _state(request).platform
    return await _state(request).run(
        request,
        caller,
        new_id(),
        lambda: answer(vars(estimate_query(platform, caller, id, body.sql, asked))),
    )


@sources.post(
    "/{id}/check-saved-queries",
    operation_id="check_saved_queries",
    response_model=QueryHealthList,
)
async def check(id: UUID, request: Request, edge: Running) -> Response:
    """Whether the saved queries that the caller may see still fit the data source. No data is read."""
    caller = await run_in_threadpool(edge.caller)
    platform = _state(request).platform

    def work() -> Response:
        found = check_saved_queries(platform, caller, id)
        return answer({"items": [{**vars(each), "is_ok": each.is_ok} for each in found]})

    return await _state(request).run(request, caller, new_id(), work)


@saved.post(
    "/{id}/run", operation_id="run_saved_query", response_model=ResultRead, responses=Responses
)
async def run_saved(
    id: UUID, body: RunBody, request: Request, edge: Running, format: As = Format.JSON
) -> Response:
    """The caller must see both the query and its data source."""
    caller, asked = await run_in_threadpool(edge.caller), _asked(body)
    platform = _state(request).platform
    return await _state(request).run(
        request,
        caller,
        _id(asked),
        lambda: _told(run_saved_query(platform, caller, id, asked), format),
    )


@visualizations.post(
    "/{id}/data",
    operation_id="get_visualization_data",
    response_model=ResultRead,
    responses=Responses,
)
async def data(
    id: UUID, body: RunBody, request: Request, edge: Viewing, format: As = Format.JSON
) -> Response:
    """The rows that it shows. The caller must see both it and its data source; `parameters` go before its own."""
    caller, asked = await run_in_threadpool(edge.caller), _asked(body, typed=False)
    platform = _state(request).platform
    return await _state(request).run(
        request,
        caller,
        _id(asked),
        lambda: _told(
            run_visualization(platform, caller, id, asked, parameters=body.parameters), format
        ),
    )


@executions.post(
    "/{id}/cancel", operation_id="cancel_query", status_code=202, response_class=Response
)
def cancel(id: UUID, request: Request, edge: Cancelling) -> Response:
    """One's own, or one of a data source that the caller may edit. It ends on its server within a second."""
    cancel_query(_state(request).platform.database, edge.caller(), id)
    return Response(status_code=202)


def _state(request: Request) -> Querying:
    state: Querying = request.app.state.querying
    return state


def _asked(body: RunBody, *, typed: bool = True) -> Asked:
    return Asked(
        parameters=parse_parameters(body.parameters) if typed else {},
        timeout_s=body.timeout_seconds,
        max_rows=body.max_rows,
        use_cache=not body.no_cache,
        execution_id=body.execution_id or new_id(),
    )


def _id(asked: Asked) -> UUID:
    assert asked.execution_id is not None  # noqa: S101  # set above
    return asked.execution_id


def _told(result: Result, format: Format) -> Response:
    if format is Format.JSON:
        return answer(result.document())
    export = EXPORTS[format]
    return Response(
        export.write(result.table),
        media_type=export.media_type,
        headers={
            "Content-Disposition": f'attachment; filename="result.{format}"',
            "X-Dataviz-Truncated": str(result.table.truncated).lower(),
        },
    )
