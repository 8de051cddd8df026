"""What people did: uses of dashboards, executions of queries."""

from typing import Final

from api.resources.people import PEOPLE
from api.resources.resource import Resource, table
from api.resources.sources import SOURCE
from api.schemas.logs import DashboardAnalyticsRead, QueryExecutionLogRead
from dataviz_pipelines.core.crud import Collection, Named
from dataviz_pipelines.core.models.access import ResourceType
from dataviz_pipelines.core.models.tables import DashboardAnalytics, QueryExecutionLog
from dataviz_pipelines.core.security.deeds import Witnessed
from dataviz_pipelines.core.security.rows import KINDS

SEE_OTHERS: Final = "analytics:view"
PERSON: Final = Named(PEOPLE, "user_id")

DASHBOARD_ANALYTICS: Final = Collection(
    name="dashboard_analytics",
    one="use of a dashboard",
    table=table(DashboardAnalytics),
    policy=Witnessed(SEE_OTHERS, KINDS[ResourceType.DASHBOARD], "dashboard_id"),
    hidden=frozenset({"ip_address"}),
    filters=("dashboard_id", "user_id", "action_type"),
    ranges=("timestamp",),
    sorts=("timestamp",),
    order="-timestamp",
    includes={"person": PERSON},
)

QUERY_EXECUTION_LOGS: Final = Collection(
    name="query_execution_logs",
    one="query execution",
    table=table(QueryExecutionLog),
    policy=Witnessed(SEE_OTHERS, KINDS[ResourceType.DATA_SOURCE], "data_source_id"),
    filters=("user_id", "data_source_id", "query_hash", "status", "cache_hit", "saved_query_id"),
    ranges=("timestamp",),
    sorts=("timestamp",),
    order="-timestamp",
    search=("query_text",),
    includes={"data_source": SOURCE, "person": PERSON},
)

RESOURCES: Final = (
    Resource("dashboard-analytics", DASHBOARD_ANALYTICS, DashboardAnalyticsRead, can_delete=False),
    Resource("query-execution-logs", QUERY_EXECUTION_LOGS, QueryExecutionLogRead, can_delete=False),
)
