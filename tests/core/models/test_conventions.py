"""What every table keeps to, whoever adds it."""

import re
from pathlib import Path

import pytest
from sqlalchemy import CheckConstraint, DateTime, String, Table, UniqueConstraint, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from dataviz_pipelines.core.models.tables import Base

TABLES = Base.metadata.sorted_tables
KINDS = {
    "status",
    "source",
    "purpose",
    "file_format",
    "upload_mode",
    "destination_type",
    "connection_type",
    "test_status",
    "table_type",
    "query_type",
    "component_type",
    "job_type",
    "principal_type",
    "permission_type",
}
OPEN_VOCABULARIES = {
    ("audit_logs", "action_type"),
    ("audit_logs", "resource_type"),
    ("notifications", "notification_type"),
    ("scheduler_jobs", "target_resource_type"),
    ("upload_history", "error_type"),
    ("visualizations", "visualization_type"),
    ("chart_library", "chart_type"),
    ("column_metadata", "data_type"),
    ("column_metadata", "native_type"),
    ("dashboard_rollups", "action_type"),
    ("query_rollups", "status"),
    ("upload_rollups", "status"),
    ("job_rollups", "status"),
    ("audit_rollups", "action_type"),
    ("audit_rollups", "resource_type"),
}
COUNTS = re.compile(r"_(count|ms|bytes|seconds|returned|processed|success|failed|failures)$")


def _names(table: Table) -> list[str]:
    return [column.name for column in table.columns]


@pytest.mark.parametrize("table", TABLES, ids=str)
def test_every_table_has_a_key_and_authorship(table: Table) -> None:
    assert _names(table)[0] == "id"
    assert _names(table)[-4:] == ["created_at", "updated_at", "created_by", "updated_by"]
    assert isinstance(table.c.id.type, Uuid)
    assert str(getattr(table.c.id.server_default, "arg", "")) == "uuid_v7()"


@pytest.mark.parametrize("table", TABLES, ids=str)
def test_every_foreign_key_is_indexed(table: Table) -> None:
    leading = {next(iter(index.expressions)) for index in table.indexes} | {
        next(iter(constraint.columns))
        for constraint in table.constraints
        if isinstance(constraint, UniqueConstraint)
    }

    assert {key.parent.name for key in table.foreign_keys if key.parent not in leading} == set()


@pytest.mark.parametrize("table", TABLES, ids=str)
def test_every_foreign_key_says_what_a_deletion_does(table: Table) -> None:
    for key in table.foreign_keys:
        assert key.ondelete in {"CASCADE", "RESTRICT", "SET NULL"}
        if key.ondelete == "SET NULL":
            assert key.parent.nullable


@pytest.mark.parametrize("table", TABLES, ids=str)
def test_every_kind_and_status_has_a_check(table: Table) -> None:
    checked = _checked(table)
    kinds = {
        name
        for name in _names(table)
        if (name in KINDS or name.endswith("_type")) and (table.name, name) not in OPEN_VOCABULARIES
    }

    assert kinds <= {name for name, text in checked if f"{name} IN (" in text}


@pytest.mark.parametrize("table", TABLES, ids=str)
def test_F29_counts_are_never_negative(table: Table) -> None:
    counts = {name for name in _names(table) if COUNTS.search(name)}

    assert counts <= {name for name, text in _checked(table) if f"{name} >= 0" in text}


@pytest.mark.parametrize("table", TABLES, ids=str)
def test_times_are_aware(table: Table) -> None:
    for column in table.columns:
        if isinstance(column.type, DateTime):
            assert column.type.timezone


@pytest.mark.parametrize("table", TABLES, ids=str)
def test_names_follow_one_pattern(table: Table) -> None:
    assert all(
        str(index.name).startswith(f"idx_{table.name}_") or index.name in SPECIFIED
        for index in table.indexes
    )
    assert all(len(str(index.name)) <= 63 for index in table.indexes)


SPECIFIED = {"idx_users_email", "idx_users_active", "idx_users_created_at"}
SPECIFICATION = Path(__file__).parent / "specification.txt"


def _checked(table: Table) -> set[tuple[str, str]]:
    texts = [
        str(constraint.sqltext)
        for constraint in table.constraints
        if isinstance(constraint, CheckConstraint)
    ]
    return {(text.split()[0], text) for text in texts}


def test_the_named_indexes_of_the_specification_exist() -> None:
    users = Base.metadata.tables["users"]

    assert {str(index.name) for index in users.indexes} >= SPECIFIED


def _specified() -> list[tuple[str, str, str]]:
    rows = SPECIFICATION.read_text(encoding="utf-8").splitlines()
    return [(table, column, kind) for table, column, kind in (row.split(" ", 2) for row in rows)]


@pytest.mark.parametrize(("table", "column", "kind"), _specified())
def test_every_column_of_the_specification_has_its_type(table: str, column: str, kind: str) -> None:
    found = Base.metadata.tables[table].c[column].type

    assert _spelled(found) == kind


def _spelled(kind: object) -> str:
    if type(kind) is String:
        return f"VARCHAR({kind.length})"
    names = {"Uuid": "UUID", "DateTime": "TIMESTAMP", "BigInteger": "BIGINT"}
    name = type(kind).__name__
    return names.get(name, name.upper())


def test_json_is_always_binary() -> None:
    kinds = {type(column.type) for table in TABLES for column in table.columns}

    assert JSONB in kinds
    assert "JSON" not in {kind.__name__ for kind in kinds}
