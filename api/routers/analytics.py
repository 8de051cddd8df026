"""How the platform is used, from its rollups. Everybody with the permission sees what belongs to things that they may see."""

from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from api.deps import Edge, Requires
from api.resources import PREFIX
from api.schemas.analytics import ranking_of
from api.schemas.base import Moment
from dataviz_pipelines.core.analytics import dashboards, work
from dataviz_pipelines.core.analytics.answers import (
    Activity,
    DashboardUsage,
    DashboardUse,
    JobUse,
    QueryUse,
    Ranking,
    Stale,
    TemplateUse,
)
from dataviz_pipelines.core.analytics.periods import Range
from dataviz_pipelines.core.analytics.points import By, Points, asked
from dataviz_pipelines.core.analytics.stale import StaleKind, stale
from dataviz_pipelines.core.analytics.work import QueryOrder
from dataviz_pipelines.core.models.documents.document import TimeZone

router = APIRouter(prefix=f"{PREFIX}/analytics", tags=["analytics"])

Analyst = Annotated[Edge, Depends(Requires("analytics:view"))]
Auditor = Annotated[Edge, Depends(Requires("audit_logs:view"))]
Limit = Annotated[int, Query(ge=1, le=200)]
CutBy = Annotated[By, Query(description="What each point of the chart stands for.")]
Zone = Annotated[
    TimeZone, Query(description="IANA time zone, whose hours, days, weeks and months are meant.")
]


def _range(
    since: Annotated[
        Moment | None,
        Query(alias="from", description="The first moment. [default: 30 days before `to`]"),
    ] = None,
    until: Annotated[
        Moment | None,
        Query(alias="to", description="The first moment that is too late. [default: now]"),
    ] = None,
    timezone: Zone = "UTC",
) -> Range:
    """Hours that begin or end within the range are taken as a whole."""
    return asked(since, until or datetime.now(UTC), timezone)


Given = Annotated[Range, Depends(_range)]


@router.get(
    "/dashboards",
    operation_id="most_used_dashboards",
    response_model=ranking_of(DashboardUse),
)
def most_used(edge: Analyst, given: Given, limit: Limit = 20) -> Ranking[DashboardUse]:
    """Dashboards that the caller may see, those with the most views first."""
    return edge.read(
        lambda connection, caller: dashboards.most_used(connection, caller, given, limit=limit)
    )


@router.get("/dashboards/{dashboard_id}/usage", operation_id="usage_of_dashboard")
def usage(
    dashboard_id: UUID, edge: Analyst, given: Given, by: CutBy = By.DAY, timezone: Zone = "UTC"
) -> DashboardUsage:
    """Views, uses, different users and how long they stayed: of the whole range and of each point, at most 1,000."""
    points = Points.of(given, by, timezone)
    return edge.read(
        lambda connection, caller: dashboards.usage(connection, caller, dashboard_id, points)
    )


@router.get("/queries", operation_id="query_statistics", response_model=ranking_of(QueryUse))
def queries(
    edge: Analyst,
    given: Given,
    sort: Annotated[QueryOrder, Query(description="Largest first.")] = QueryOrder.MEAN_MS,
    limit: Limit = 20,
) -> Ranking[QueryUse]:
    """Queries of data sources that the caller may see, by the hash of their text: times, errors, cache hits."""
    return edge.read(
        lambda connection, caller: work.queries(connection, caller, given, order=sort, limit=limit)
    )


@router.get("/uploads", operation_id="upload_statistics", response_model=ranking_of(TemplateUse))
def uploads(edge: Analyst, given: Given, limit: Limit = 20) -> Ranking[TemplateUse]:
    """Rows loaded and rejected, by template that the caller may see; those with the most records first."""
    return edge.read(
        lambda connection, caller: work.uploads(connection, caller, given, limit=limit)
    )


@router.get("/jobs", operation_id="job_statistics", response_model=ranking_of(JobUse))
def jobs(edge: Analyst, given: Given, limit: Limit = 20) -> Ranking[JobUse]:
    """Runs by status and how long they took, by job that the caller may see; those with the most runs first."""
    return edge.read(lambda connection, caller: work.jobs(connection, caller, given, limit=limit))


@router.get("/activity", operation_id="activity")
def activity(
    edge: Auditor, given: Given, by: CutBy = By.DAY, timezone: Zone = "UTC", limit: Limit = 20
) -> Activity:
    """What the audit noted, by kind of action and over time."""
    points = Points.of(given, by, timezone)
    return edge.read(lambda connection, _: work.activity(connection, points, limit=limit))


@router.get("/stale", operation_id="stale_content")
def unused(
    edge: Analyst,
    what: StaleKind = StaleKind.DASHBOARD,
    days: Annotated[int, Query(ge=1, le=3_650)] = 90,
    limit: Limit = 20,
) -> list[Stale]:
    """What the caller may see and nobody has used for so many days; unused for longest first."""
    cutoff = datetime.now(UTC) - timedelta(days=days)
    return edge.read(
        lambda connection, caller: stale(connection, caller, what, cutoff=cutoff, limit=limit)
    )
