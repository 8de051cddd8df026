"""Finding tables and columns over all data sources, and what reads a table."""

from dataclasses import asdict
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from sqlalchemy import Connection
from starlette.responses import Response

from api.answers import answer
from api.deps import Edge, Requires
from api.resources import PREFIX, TABLES
from api.schemas.search import DependentList, FoundList
from dataviz_pipelines.core import crud
from dataviz_pipelines.core.impacts.dependents import dependents
from dataviz_pipelines.core.search import LONGEST, MOST, Kind, Question, Scope, search
from dataviz_pipelines.core.security.caller import Caller

router = APIRouter(prefix=f"{PREFIX}/search", tags=["search"])
tables = APIRouter(prefix=f"{PREFIX}/tables", tags=["tables"])

Seeing = Annotated[Edge, Depends(Requires("metadata:view", rows=True))]


@router.get("/metadata", operation_id="search_metadata", response_model=FoundList)
def search_metadata(
    edge: Seeing,
    q: Annotated[
        str,
        Query(
            min_length=1,
            max_length=LONGEST,
            pattern=r"^[^\u0000]*$",
            description="A name or part of it, `schema.table.column`, or words of a comment, description or tag.",
        ),
    ],
    data_source_id: UUID | None = None,
    kind: Annotated[Kind | None, Query(description="Tables or columns only.")] = None,
    include_removed: Annotated[bool, Query(description="Also what is there no more.")] = False,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 50,
) -> Response:
    """The best first: by the whole name, its beginning, its words, its letters, and by what is said about it."""
    scope = Scope(kind, data_source_id, include_removed)
    found = edge.read(partial(search, question=Question(q), scope=scope, limit=limit))
    return answer({"items": [asdict(each) for each in found]})


@tables.get("/{id}/dependents", operation_id="list_table_dependents", response_model=DependentList)
def list_dependents(id: UUID, edge: Seeing) -> Response:
    """Saved queries and visualizations that read the table, views that read it included. What cannot be parsed is among
    them as `unknown`."""

    def work(connection: Connection, caller: Caller) -> Response:
        table = crud.get_row(connection, caller, TABLES, id)
        found = dependents(connection, caller, table["data_source_id"], id)
        return answer({"items": [asdict(each) for each in found]})

    return edge.read(work)
