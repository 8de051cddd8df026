"""The audit, to be read: newest first. Who may see it may see all of it."""

from typing import Final

from api.crud import resource_router
from api.resources.people import PEOPLE
from api.resources.resource import Resource, table
from api.schemas.audit_logs import AuditLogRead
from dataviz_pipelines.core.crud import Collection, Named
from dataviz_pipelines.core.models.tables import AuditLog
from dataviz_pipelines.core.security.rows import Everybodys

AUDIT_LOGS: Final = Collection(
    name="audit_logs",
    one="audit log",
    table=table(AuditLog),
    policy=Everybodys("audit_logs"),
    hidden=frozenset({"salt"}),
    filters=("user_id", "action_type", "resource_type", "resource_id", "request_id"),
    ranges=("timestamp",),
    sorts=("timestamp",),
    order="-timestamp",
    includes={"person": Named(PEOPLE, "user_id")},
)

router = resource_router(Resource("audit-logs", AUDIT_LOGS, AuditLogRead, can_delete=False))
