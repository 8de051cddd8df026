"""What of Dagster's is asked for over HTTP, and whether it is forwarded."""

import json
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from graphql import OperationType
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.websockets import WebSocket

from api.dagster_ui import sockets
from api.dagster_ui.errors import GraphQLRequestError, NoSuchPathError
from api.dagster_ui.graphql import CHANGES, READS, GraphQLRequest
from api.dagster_ui.upstream import lifespan
from api.dagster_ui.visits import OPERATE, Visit, Visits, is_for_a_person, log_in_address
from dataviz_pipelines.core.security.caller import Caller
from dataviz_pipelines.core.security.errors import NotLoggedInError
from dataviz_pipelines.core.settings import DAGSTER_PATH

GRAPHQL: Final = "graphql"
_NOTEBOOKS: Final = ("notebook", "dagit/notebook")
_REPORTS: Final = (
    "report_asset_materialization/",
    "report_asset_check/",
    "report_asset_observation/",
)
Visited = Annotated[Visit, Depends(Visits())]
router = APIRouter(prefix=DAGSTER_PATH, lifespan=lifespan, include_in_schema=False)


@router.websocket(f"/{GRAPHQL}")
async def follow(websocket: WebSocket, visit: Visited) -> None:
    await sockets.follow(websocket, visit)


@router.api_route("/{path:path}", methods=["GET", "HEAD"])
async def look(path: str, request: Request, visit: Visited) -> Response:
    try:
        caller = await visit.caller()
    except NotLoggedInError:
        if not is_for_a_person(request):
            raise
        return RedirectResponse(log_in_address(request), status_code=303)
    if path == GRAPHQL:
        return await _ask(request, visit, caller)
    _refuse_odd(path)
    return await visit.upstream.send(
        request.method,
        path,
        headers=request.headers,
        read_only=not caller.may(OPERATE),
        query=request.url.query,
    )


@router.post("/{path:path}")
async def change(path: str, request: Request, visit: Visited) -> Response:
    if path == GRAPHQL:
        caller = await visit.caller()
        return await _answer(GraphQLRequest.parse(await _json(request)), request, visit, caller)
    await visit.caller(OPERATE)
    if not path.startswith(_REPORTS):
        raise HTTPException(405, headers={"Allow": "GET, HEAD"})
    _refuse_odd(path)
    return await visit.upstream.send(
        "POST", path, headers=request.headers, read_only=False, body=await _json(request)
    )


async def _ask(request: Request, visit: Visit, caller: Caller) -> Response:
    """A GET changes nothing, whoever asks: any page can make a browser send one."""
    if request.method == "HEAD":
        raise HTTPException(405, headers={"Allow": "GET, POST"})
    asked = GraphQLRequest.of(request.query_params)
    if not asked.operations.kinds <= READS:
        raise HTTPException(405, "Only queries are answered to GET.", headers={"Allow": "POST"})
    return await _answer(asked, request, visit, caller)


async def _answer(
    asked: GraphQLRequest, request: Request, visit: Visit, caller: Caller
) -> Response:
    may_operate = caller.may(OPERATE)
    operations = asked.operations
    if OperationType.MUTATION in operations.kinds and not may_operate:
        refusal = await visit.refuse(operations.fields)
        return JSONResponse({"data": None, "errors": [refusal.graphql()]}, status_code=403)
    if not operations.kinds <= CHANGES:
        raise GraphQLRequestError("Subscriptions need a websocket.")
    return await visit.upstream.send(
        "POST",
        GRAPHQL,
        headers=request.headers,
        read_only=not may_operate,
        body=json.dumps(asked.values()).encode(),
    )


async def _json(request: Request) -> bytes:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise HTTPException(415, "The body is not JSON.")
    try:
        return await request.body()
    except ClientDisconnect as error:
        raise HTTPException(400, "The request was broken off.") from error


def _refuse_odd(path: str) -> None:
    """Notebooks are rendered into pages that run what is in them. The rest is how paths lead out of folders."""
    if path in _NOTEBOOKS or ".." in path.split("/") or "\\" in path or "\0" in path:
        raise NoSuchPathError("Dagster has no such page here.")
