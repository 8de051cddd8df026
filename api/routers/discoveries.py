"""A look into a data source, asked for. What came of it is plain: discovery runs, metadata changes, tables, columns."""

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.answers import answer_row
from api.deps import Edge, Requires
from api.resources import DISCOVERABLE, DISCOVERY_RUNS, PREFIX
from api.schemas.sources import DiscoveryRunRead
from dataviz_pipelines.core.discovery.queueing import ask_for_discovery

router = APIRouter(prefix=f"{PREFIX}/data-sources", tags=["data sources"])

Discovering = Annotated[Edge, Depends(Requires("metadata:discover", rows=True))]


@router.post(
    "/{id}/discoveries",
    operation_id="start_discovery",
    response_model=DiscoveryRunRead,
    status_code=202,
    responses={
        202: {
            "headers": {
                "Location": {"description": "Where its state is.", "schema": {"type": "string"}}
            }
        }
    },
)
def start(id: UUID, edge: Discovering) -> Response:
    """Looks what is in it, in a run of Dagster's that begins within seconds. While one waits, that is the answer."""
    work = partial(ask_for_discovery, source_id=id, sources=DISCOVERABLE, runs=DISCOVERY_RUNS)
    row = edge.write(work)
    return answer_row(row, status=202, location=f"{PREFIX}/discovery-runs/{row['id']}")
