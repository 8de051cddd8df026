"""Which model every JSONB column's value is read and written by."""

from functools import cache
from typing import Any

from pydantic import JsonValue, TypeAdapter

from dataviz_pipelines.core.models.documents import (
    business,
    dashboards,
    libraries,
    metadata,
    outcomes,
    scheduler,
    settings,
    steps,
    uploads,
)
from dataviz_pipelines.core.models.documents.document import JsonObject
from dataviz_pipelines.core.models.documents.permissions import Permission

JSON_DOCUMENTS: dict[str, Any] = {
    "api_keys.scopes": list[Permission],
    "audit_logs.new_values": JsonObject,
    "audit_logs.old_values": JsonObject,
    "bookmarks.tags": list[settings.Tag],
    "chart_library.config_schema": JsonObject,
    "column_metadata.tags": list[settings.Tag],
    "column_profiles.quantiles": metadata.Quantiles | None,
    "column_profiles.top_values": list[metadata.TopValue] | None,
    "dashboard_components.component_config": dashboards.ComponentConfig,
    "dashboards.filters_config": list[dashboards.DashboardFilter],
    "dashboards.layout_config": dashboards.LayoutConfig,
    "dashboards.mobile_layout": dashboards.MobileLayout,
    "data_sources.connection_config": business.Ciphertext,
    "database_metadata.foreign_keys": list[metadata.ForeignKey],
    "database_metadata.indexes": list[metadata.TableIndex],
    "database_metadata.primary_key": list[str],
    "database_metadata.tags": list[settings.Tag],
    "database_metadata.unique_keys": list[metadata.UniqueKey],
    "discovery_runs.problems": list[metadata.DiscoveryProblem],
    "idempotency_keys.response_headers": dict[str, str],
    "metadata_changes.after": JsonObject | None,
    "metadata_changes.before": JsonObject | None,
    "notification_channels.connection_config": business.Ciphertext,
    "notification_incidents.audience": scheduler.Audience,
    "rejected_rows.errors": list[outcomes.RowError],
    "rejected_rows.raw": list[JsonValue],
    "resource_versions.document": JsonObject,
    "roles.permissions": list[Permission],
    "scheduler_jobs.connection_config": business.Ciphertext | None,
    "scheduler_jobs.job_config": JsonObject,
    "scheduler_jobs.notification_config": scheduler.NotificationConfig,
    "scheduler_jobs.run_policy": scheduler.RunPolicy,
    "system_settings.setting_value": JsonValue,
    "theme_library.color_palette": libraries.ColorPalette,
    "theme_library.css_variables": libraries.CssVariables,
    "theme_library.typography": libraries.Typography,
    "upload_history.details": outcomes.UploadDetails,
    "upload_history.progress": outcomes.UploadProgress | None,
    "upload_templates.destination_config": uploads.DestinationConfig,
    "upload_templates.reader_config": uploads.ReaderConfig,
    "upload_templates.transformation_rules": steps.TransformationRules,
    "upload_templates.validation_rules": uploads.ValidationRules,
    "user_preferences.preference_value": JsonValue,
    "visualizations.chart_config": JsonObject,
    "visualizations.query_config": dashboards.QueryConfig,
}


@cache
def adapter(column: str) -> TypeAdapter[Any]:
    """`column` reads `table.column`."""
    return TypeAdapter(JSON_DOCUMENTS[column])
