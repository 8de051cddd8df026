"""Is this process alive, and can the platform do its work?"""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy import Engine

from api.deps import Open
from api.schemas.health import Liveness, Readiness
from dataviz_pipelines.core.health import check_readiness

router = APIRouter(prefix="/health", tags=["health"], dependencies=[Depends(Open())])


def _engine(request: Request) -> Engine:
    engine: Engine = request.app.state.engine
    return engine


@router.get("/live", operation_id="get_liveness")
def live() -> Liveness:
    """The process answers. Restart it when it does not."""
    return Liveness(status="ok")


@router.get(
    "/ready",
    operation_id="get_readiness",
    responses={503: {"model": Readiness, "description": "Something that is needed is not there."}},
)
def ready(response: Response, engine: Annotated[Engine, Depends(_engine)]) -> Readiness:
    """The database answers and is migrated: 200. Else 503. What Dagster's daemon and sensor report degrades the answer,
    but the API works without them."""
    readiness = Readiness.of(check_readiness(engine))
    if readiness.status == "unavailable":
        response.status_code = 503
    return readiness
