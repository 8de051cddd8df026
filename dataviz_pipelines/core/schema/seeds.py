"""The rows that every installation starts with.

A seed is recognised by its key and only ever inserted, so what an administrator changed stays changed; what was deleted
comes back with the next set-up.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Table

from dataviz_pipelines.core.models.documents.permissions import EVERYTHING, of
from dataviz_pipelines.core.models.documents.settings import PUBLIC_SETTINGS, SystemSettings
from dataviz_pipelines.core.models.tables import (
    DAGSTER_JOB_ID,
    FILE_DROPS_JOB_ID,
    Chart,
    JobType,
    Role,
    SchedulerJob,
    SystemSetting,
    Theme,
)
from dataviz_pipelines.core.schema.chart_kinds import CHARTS


@dataclass(frozen=True)
class Seed:
    """One row; the value of `key` says whether it is there."""

    table: Table
    key: str
    values: dict[str, Any]

    @property
    def name(self) -> str:
        return f"{self.table.name} {self.values.get('name') or self.values[self.key]}"


_READ = ("view",)
_WORK = ("view", "create", "edit", "delete", "publish", "run")
_DRAW = ("view", "create", "edit", "delete")
_CONTENT = ("dashboards", "visualizations", "saved_queries")
_LIBRARY = ("themes", "charts")

ROLES: dict[str, tuple[str, list[str]]] = {
    "super_admin": ("Full system access", [EVERYTHING]),
    "admin": (
        "Management privileges",
        [
            *of("users", "roles", "grants", "data_sources", "metadata", *_CONTENT, *_LIBRARY),
            *of("upload_templates", "uploads", "scheduler_jobs", "analytics", "audit_logs"),
            *of("system_settings", "comments", "pipelines"),
            *of("backups", actions=("view", "create")),
        ],
    ),
    "editor": (
        "Dashboard and visualization management",
        [
            *of("data_sources", "metadata", "uploads", "analytics", "pipelines", actions=_READ),
            *of(*_CONTENT, *_LIBRARY, actions=_WORK),
            *of("comments", "grants"),
        ],
    ),
    "analyst": (
        "Query and visualization capabilities",
        [
            *of("data_sources", "metadata", "analytics", "pipelines", actions=_READ),
            *of(*_LIBRARY, "dashboards", actions=_READ),
            *of("visualizations", actions=_DRAW),
            *of("saved_queries", actions=_WORK),
            *of("comments", actions=("view", "create")),
        ],
    ),
    "viewer": (
        "Read-only access",
        of(*_CONTENT, *_LIBRARY, "comments", "pipelines", actions=_READ),
    ),
    "uploader": (
        "File upload capabilities",
        [
            *of("upload_templates", actions=_READ),
            *of("uploads", actions=("view", "create", "cancel")),
        ],
    ),
}

_TYPOGRAPHY = {
    "font_family": "system-ui, sans-serif",
    "heading_font_family": None,
    "base_size_px": 16,
    "line_height": 1.5,
}

THEMES: list[dict[str, Any]] = [
    {
        "id": UUID("00000000-0000-7000-8000-000000000011"),
        "name": "Light",
        "css_variables": {
            "--background": "#ffffff",
            "--surface": "#f4f6f8",
            "--text": "#1b2430",
            "--muted": "#55606e",
            "--accent": "#1f5fbf",
            "--border": "#c9d1da",
        },
        "color_palette": [
            "#1f5fbf",
            "#b3541e",
            "#1d7a4f",
            "#8a3ea8",
            "#a8324a",
            "#5b6b1f",
            "#0f7482",
            "#6b4e2e",
        ],
        "typography": _TYPOGRAPHY,
        "is_public": True,
        "is_default": True,
    },
    {
        "id": UUID("00000000-0000-7000-8000-000000000012"),
        "name": "Dark",
        "css_variables": {
            "--background": "#11161d",
            "--surface": "#1a212b",
            "--text": "#e8edf3",
            "--muted": "#a3afbd",
            "--accent": "#7ab0ff",
            "--border": "#384352",
        },
        "color_palette": [
            "#7ab0ff",
            "#f0a06a",
            "#6fd3a2",
            "#cf9bea",
            "#f08ca0",
            "#c3d26a",
            "#67cfdd",
            "#d3b48f",
        ],
        "typography": _TYPOGRAPHY,
        "is_public": True,
        "is_default": False,
    },
]


def all_seeds() -> list[Seed]:
    return [
        *(_role(name, *role) for name, role in ROLES.items()),
        *(Seed(_table(Theme), "id", theme) for theme in THEMES),
        *(Seed(_table(Chart), "id", chart) for chart in CHARTS),
        *_settings(),
        _job(FILE_DROPS_JOB_ID, "File drops", JobType.UPLOAD_INGESTION),
        _job(DAGSTER_JOB_ID, "Other runs in Dagster", JobType.MAINTENANCE),
    ]


def _role(name: str, description: str, permissions: list[str]) -> Seed:
    values = {
        "name": name,
        "description": description,
        "permissions": permissions,
        "is_system_role": True,
    }
    return Seed(_table(Role), "name", values)


def _settings() -> list[Seed]:
    return [
        Seed(
            _table(SystemSetting),
            "setting_key",
            {
                "setting_key": key,
                "setting_value": field.default,
                "description": field.description,
                "is_public": key in PUBLIC_SETTINGS,
            },
        )
        for key, field in SystemSettings.model_fields.items()
    ]


def _job(job_id: UUID, name: str, job_type: JobType) -> Seed:
    values = {"id": job_id, "name": name, "job_type": job_type.value}
    return Seed(_table(SchedulerJob), "id", values)


def _table(model: type[Any]) -> Table:
    table = model.__table__
    assert isinstance(table, Table)  # noqa: S101  # every model is mapped to one
    return table
