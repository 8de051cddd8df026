"""Every JSONB column has a model, and what is seeded or defaulted fits it."""

import json
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import Column
from sqlalchemy.dialects.postgresql import JSONB

from dataviz_pipelines.core.models.documents.permissions import PERMISSIONS
from dataviz_pipelines.core.models.documents.registry import JSON_DOCUMENTS, adapter
from dataviz_pipelines.core.models.documents.settings import PUBLIC_SETTINGS, SystemSettings
from dataviz_pipelines.core.models.tables import Base
from dataviz_pipelines.core.schema.chart_kinds import CHARTS
from dataviz_pipelines.core.schema.seeds import ROLES, THEMES, all_seeds

JSON_COLUMNS: dict[str, Column[Any]] = {
    f"{table.name}.{column.name}": column
    for table in Base.metadata.sorted_tables
    for column in table.columns
    if isinstance(column.type, JSONB)
}
DEFAULTS = {
    name: json.loads(str(getattr(column.server_default, "arg", "")).strip("'"))
    for name, column in JSON_COLUMNS.items()
    if column.server_default is not None
}


def test_every_json_column_has_a_model() -> None:
    assert set(JSON_DOCUMENTS) == set(JSON_COLUMNS)


@pytest.mark.parametrize("column", DEFAULTS)
def test_the_default_of_a_json_column_fits_its_model(column: str) -> None:
    adapter(column).validate_python(DEFAULTS[column])


def test_what_is_seeded_fits_its_model() -> None:
    checked = 0
    for seed in all_seeds():
        for name, value in seed.values.items():
            if f"{seed.table.name}.{name}" in JSON_DOCUMENTS:
                adapter(f"{seed.table.name}.{name}").validate_json(json.dumps(value))
                checked += 1
    assert checked == len(ROLES) + 3 * len(THEMES) + len(CHARTS) + len(SystemSettings.model_fields)


@pytest.mark.parametrize(
    "column", ["dashboards.layout_config", "theme_library.typography", "upload_history.details"]
)
def test_a_key_that_nobody_knows_is_refused(column: str) -> None:
    with pytest.raises(ValidationError, match="extra_forbidden"):
        adapter(column).validate_python({"columsn": 12})


def test_a_permission_outside_the_vocabulary_is_refused() -> None:
    with pytest.raises(ValidationError, match="dashboards:fly"):
        adapter("roles.permissions").validate_python(["dashboards:view", "dashboards:fly"])


def test_every_permission_but_restoring_is_in_some_role_besides_the_super_administrators() -> None:
    given = {
        permission
        for name, (_, permissions) in ROLES.items()
        if name != "super_admin"
        for permission in permissions
    }

    assert PERMISSIONS - given == {"backups:restore"}


def test_viewers_only_look() -> None:
    assert {permission.partition(":")[2] for permission in ROLES["viewer"][1]} == {"view"}


def test_system_settings_refuse_a_value_of_another_type() -> None:
    with pytest.raises(ValidationError, match="session_timeout_minutes"):
        SystemSettings.model_validate({"session_timeout_minutes": "60"})


def test_public_settings_are_settings() -> None:
    assert set(SystemSettings.model_fields) >= PUBLIC_SETTINGS
