"""Which triggers a table has. What they do stands in functions.sql."""

from dataviz_pipelines.core.models.access import PrincipalType
from dataviz_pipelines.core.models.tables import Base, RollupName
from dataviz_pipelines.core.security.rows import KINDS

COUNTERS: dict[str, tuple[str, ...]] = {
    "api_keys": ("last_used_at",),
    "dashboards": ("view_count",),
    "database_metadata": ("profile_tried_at",),
    "public_links": ("last_used_at", "use_count"),
    "saved_queries": ("execution_count", "avg_execution_time_ms"),
    "scheduler_jobs": ("next_run_at", "consecutive_failures"),
    "sessions": ("last_seen_at",),
    "theme_library": ("download_count",),
    "users": ("last_login_at",),
}
"""Columns that note a use: a change of them alone is no change of the row, for its `updated_at` and for the audit."""

UNAUDITED = frozenset(
    {
        "audit_logs",
        "audit_rollups",
        "audit_seals",
        "change_impacts",
        "column_metadata",
        "column_profiles",
        "dashboard_analytics",
        "dashboard_rollups",
        "dashboard_visitors",
        "database_metadata",
        "discovery_runs",
        "idempotency_keys",
        "job_rollups",
        "login_throttles",
        "metadata_changes",
        "notification_deliveries",
        "notification_incidents",
        "notifications",
        "query_execution_logs",
        "query_results",
        "query_rollups",
        "rejected_rows",
        "resource_versions",
        "rollup_invalidations",
        "scheduler_job_runs",
        "service_heartbeats",
        "upload_batches",
        "upload_history",
        "upload_rollups",
        "visitor_numbers",
    }
)
"""What the platform itself writes: logs, and what it finds out. What people do to them is noted as an event."""

SAID_BY_PEOPLE: dict[str, tuple[str, ...]] = {
    "column_metadata": ("description", "tags"),
    "database_metadata": ("description", "tags"),
}
"""Columns of what is not audited that people change: to write them is."""

VERSIONED: dict[str, tuple[str, str]] = {
    "dashboard_components": ("dashboard", "dashboard_id"),
    "dashboards": ("dashboard", "id"),
    "saved_queries": ("saved_query", "id"),
    "theme_library": ("theme", "id"),
    "upload_templates": ("upload_template", "id"),
    "visualizations": ("visualization", "id"),
}
"""The resource that a change of the table makes a version of: its type, and the column with its id."""

COUNTED: dict[str, tuple[str, ...]] = {"upload_templates": ("is_active",)}
"""What counts its versions in a column, and the columns whose change makes none."""

FORGOTTEN: dict[str, tuple[str, str]] = {
    **{kind.table: ("forget_resource", kind.type.value) for kind in KINDS.values()},
    "roles": ("forget_principal", PrincipalType.ROLE.value),
    "users": ("forget_principal", PrincipalType.USER.value),
}
"""What takes away all that names a deleted row by its type and id, and the type."""


MARKED: dict[str, tuple[RollupName, str]] = {
    "audit_logs": (RollupName.AUDIT, "timestamp"),
    "dashboard_analytics": (RollupName.DASHBOARDS, "timestamp"),
    "query_execution_logs": (RollupName.QUERIES, "timestamp"),
    "scheduler_job_runs": (RollupName.JOBS, "created_at"),
    "upload_history": (RollupName.UPLOADS, "created_at"),
}
"""What is rolled up: a change of its rows marks their hours, which a column says, to be counted anew."""

_CHANGED = {
    "INSERT": "NEW TABLE AS changed",
    "UPDATE": "OLD TABLE AS changed NEW TABLE AS changed_to",
    "DELETE": "OLD TABLE AS changed",
}


def triggers(table: str, *, schema: str | None = None) -> dict[str, str]:
    """The statement for each trigger of a table, by name. A partitioned table hands them down to its partitions."""
    place = "" if schema is None else f"{schema}."
    counters = _texts(*COUNTERS.get(table, ()))
    found = {
        "touch_updated_at": f"CREATE TRIGGER touch_updated_at BEFORE UPDATE ON {place}{table} "
        f"FOR EACH ROW EXECUTE FUNCTION {place}touch_updated_at({counters})"
    }
    if table in COUNTED:
        found["count_version"] = (
            f"CREATE TRIGGER count_version BEFORE UPDATE ON {place}{table} "
            f"FOR EACH ROW EXECUTE FUNCTION {place}count_version({_texts(*COUNTED[table])})"
        )
    if table not in UNAUDITED:
        found["audit_change"] = (
            f"CREATE TRIGGER audit_change AFTER INSERT OR UPDATE OR DELETE ON {place}{table} "
            f"FOR EACH ROW EXECUTE FUNCTION {place}audit_change({counters})"
        )
    if table in SAID_BY_PEOPLE:
        found["audit_change"] = (
            f"CREATE TRIGGER audit_change AFTER UPDATE OF {', '.join(SAID_BY_PEOPLE[table])} ON {place}{table} "
            f"FOR EACH ROW EXECUTE FUNCTION {place}audit_change()"
        )
    if table in VERSIONED:
        found["keep_version"] = (
            "CREATE CONSTRAINT TRIGGER keep_version AFTER INSERT OR UPDATE OR DELETE "
            f"ON {place}{table} DEFERRABLE INITIALLY DEFERRED "
            f"FOR EACH ROW EXECUTE FUNCTION {place}keep_version({_texts(*VERSIONED[table])})"
        )
    if table in FORGOTTEN:
        function, kind = FORGOTTEN[table]
        found[function] = (
            f"CREATE TRIGGER {function} AFTER DELETE ON {place}{table} "
            f"FOR EACH ROW EXECUTE FUNCTION {place}{function}({_texts(kind)})"
        )
    if table in MARKED:
        found |= _marking(table, place)
    return found


def _marking(table: str, place: str) -> dict[str, str]:
    """One for each event: PostgreSQL hands the changed rows to no other."""
    return {
        f"mark_rollup_on_{event.lower()}": (
            f"CREATE TRIGGER mark_rollup_on_{event.lower()} AFTER {event} ON {place}{table} REFERENCING {rows} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {place}mark_rollup({_texts(*MARKED[table])})"
        )
        for event, rows in _CHANGED.items()
    }


def all_triggers() -> list[str]:
    return [text for table in Base.metadata.tables for text in triggers(table).values()]


def _texts(*arguments: str) -> str:
    return ", ".join(f"'{argument}'" for argument in arguments)
