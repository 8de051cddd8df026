"""Which columns can hold data of a person. Keys to `users` say it themselves, numbers, times and flags hold none; every
other column stands here, and a test fails for one that does not.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import Final

from sqlalchemy import Table
from sqlalchemy.dialects.postgresql import JSONB

from dataviz_pipelines.core.models.tables import Base


class Holds(StrEnum):
    """`TEXT`: what people write, where anybody can be named. `IDENTITY`: the person's own names. `ADDRESS`: from where
    somebody worked. `PERSON`: an id that can be a person's without a key. `PATH`: a file's name and place. `CONTENT`: what
    files held, the installation's own data. `HIDDEN`: secrets and their hashes. `WORD`: vocabularies, hashes and names of
    technical things, which name nobody."""

    TEXT = "text"
    IDENTITY = "identity"
    ADDRESS = "address"
    PERSON = "person"
    PATH = "path"
    CONTENT = "content"
    HIDDEN = "hidden"
    WORD = "word"


def _held(**columns: str) -> dict[str, Holds]:
    return {column: Holds(kind) for kind, names in columns.items() for column in names.split()}


HELD: Final[dict[str, dict[str, Holds]]] = {
    "api_keys": _held(text="name", word="prefix scopes", hidden="key_hash"),
    "audit_logs": _held(
        text="old_values new_values",
        address="ip_address user_agent",
        person="resource_id",
        word="action_type resource_type request_id database_user salt",
    ),
    "audit_rollups": _held(word="grain action_type resource_type"),
    "audit_seals": _held(word="kind entries previous_hash hash"),
    "bookmarks": _held(text="bookmark_name tags", word="resource_type resource_id"),
    "change_impacts": _held(word="resource_type resource_id effect reason"),
    "chart_library": _held(
        text="name config_schema component_code css_styles category", word="chart_type"
    ),
    "column_metadata": _held(
        text="description tags source_comment",
        word="column_name data_type native_type normalized_type default_expression generation_expression",
    ),
    "column_profiles": _held(
        content="min_value max_value quantiles top_values", word="personal_reason"
    ),
    "comments": _held(text="comment_text", word="resource_type resource_id"),
    "dashboard_analytics": _held(address="ip_address", word="action_type"),
    "dashboard_components": _held(text="component_config", word="component_type"),
    "dashboard_rollups": _held(word="grain dashboard_id action_type timings"),
    "dashboard_visitors": _held(word="grain dashboard_id users"),
    "dashboards": _held(text="name description layout_config filters_config mobile_layout"),
    "data_sources": _held(
        text="name test_query test_message",
        word="connection_type test_status test_reason",
        hidden="connection_config",
    ),
    "database_metadata": _held(
        text="description tags source_comment",
        word="database_name schema_name table_name table_type row_count_kind size_bytes_kind view_definition "
        "primary_key unique_keys foreign_keys indexes access access_remedy fingerprint",
    ),
    "discovery_runs": _held(word="status problems error_message"),
    "idempotency_keys": _held(
        text="response_body response_headers", word="idempotency_key request_hash"
    ),
    "job_rollups": _held(word="grain job_id status timings"),
    "login_throttles": _held(address="subject"),
    "metadata_changes": _held(text="before after", word="column_name change_type"),
    "notification_channels": _held(text="name", word="channel_kind", hidden="connection_config"),
    "notification_deliveries": _held(
        text="target title message action_url last_error",
        word="notice_id channel_kind kind severity incident_key status",
    ),
    "notification_incidents": _held(
        text="title message action_url audience", word="incident_key kind severity"
    ),
    "notifications": _held(
        text="title message action_url", word="notification_type severity notice_id"
    ),
    "one_time_tokens": _held(word="purpose", hidden="token_hash"),
    "public_links": _held(text="name", word="token_prefix", hidden="token_hash password_hash"),
    "query_execution_logs": _held(text="query_text error_message", word="query_hash status"),
    "query_results": _held(content="document", word="cache_key"),
    "query_rollups": _held(word="grain data_source_id query_hash status timings"),
    "rejected_rows": _held(content="errors raw"),
    "resource_permissions": _held(
        person="principal_id", word="resource_type resource_id principal_type permission_type"
    ),
    "resource_versions": _held(text="document", word="resource_type resource_id"),
    "roles": _held(text="name description", word="permissions"),
    "rollup_invalidations": _held(word="rollup grain"),
    "saved_queries": _held(text="name query_text", word="query_type"),
    "scheduler_job_runs": _held(
        text="output_log error_log", word="run_id status dagster_run_id cause skip_reason batch_id"
    ),
    "scheduler_jobs": _held(
        text="name job_config notification_config",
        word="job_type schedule_expression timezone target_resource_type target_resource_id run_policy pause_reason",
        hidden="connection_config",
    ),
    "service_heartbeats": _held(word="service_name"),
    "sessions": _held(address="ip_address user_agent", hidden="token_hash"),
    "system_settings": _held(text="setting_value description", word="setting_key"),
    "theme_library": _held(text="name css_variables color_palette typography"),
    "upload_batches": _held(word="status dagster_run_id"),
    "upload_history": _held(
        text="file_name error_message details",
        path="stored_path",
        word="file_hash status source dagster_run_id error_type reject_path progress",
    ),
    "upload_rollups": _held(word="grain template_id status timings"),
    "upload_templates": _held(
        text="name description reader_config validation_rules transformation_rules destination_config",
        word="file_format destination_type upload_mode",
    ),
    "user_preferences": _held(text="preference_value", word="preference_key"),
    "user_roles": {},
    "users": _held(
        identity="email first_name last_name avatar_url timezone", hidden="password_hash"
    ),
    "visitor_numbers": _held(person="user_id"),
    "visualizations": _held(text="name query_config chart_config", word="visualization_type"),
}


def tables() -> Iterator[Table]:
    """All of the platform's, those that others refer to first."""
    yield from Base.metadata.sorted_tables


def held(table: Table, *kinds: Holds) -> list[str]:
    """In the order of the table."""
    kind = HELD.get(table.name, {})
    return [column.name for column in table.columns if kind.get(column.name) in kinds]


def people(table: Table) -> list[str]:
    """Columns with a key to `users`."""
    return [
        column.name
        for column in table.columns
        if any(key.column.table.name == "users" for key in column.foreign_keys)
    ]


def owner(table: Table) -> str | None:
    """The column that says whose the rows are, where they go with their person."""
    for column in table.columns:
        for key in column.foreign_keys:
            if key.column.table.name == "users" and key.ondelete == "CASCADE":
                return column.name
    return None


def is_json(table: Table, column: str) -> bool:
    return isinstance(table.c[column].type, JSONB)
