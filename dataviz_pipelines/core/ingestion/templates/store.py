"""Statements on `upload_templates`."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, RowMapping, Table, select, update
from sqlalchemy.dialects.postgresql import insert

from dataviz_pipelines.core.models.documents.uploads import TemplateDocument
from dataviz_pipelines.core.models.uploads import UploadTemplate

_templates: Table = UploadTemplate.metadata.tables["upload_templates"]
_columns = _templates.c
CONTENT = tuple(TemplateDocument.model_fields)


@dataclass(frozen=True)
class TemplateRow:
    """`content` is the document as JSON."""

    id: UUID
    version: int
    is_active: bool
    content: dict[str, Any]


def find(connection: Connection, name: str) -> TemplateRow | None:
    found = connection.execute(select(_templates).where(_columns.name == name))
    return _row(found.mappings().one_or_none())


def find_by_id(connection: Connection, template_id: UUID) -> TemplateRow | None:
    found = connection.execute(select(_templates).where(_columns.id == template_id))
    return _row(found.mappings().one_or_none())


def find_for_update(connection: Connection, name: str) -> TemplateRow | None:
    """Locks the row, so that of two writers the second sees what the first has saved."""
    found = connection.execute(select(_templates).where(_columns.name == name).with_for_update())
    return _row(found.mappings().one_or_none())


def all_by_name(connection: Connection) -> list[TemplateRow]:
    found = connection.execute(select(_templates).order_by(_columns.name)).mappings()
    return [_known(row) for row in found]


def names(connection: Connection) -> list[str]:
    return list(connection.execute(select(_columns.name)).scalars())


def insert_if_new(
    connection: Connection, content: dict[str, Any], *, user_id: UUID | None
) -> TemplateRow | None:
    """None when there is a template of this name already."""
    statement = (
        insert(_templates)
        .values(**content, created_by=user_id, updated_by=user_id)
        .on_conflict_do_nothing(index_elements=[_columns.name])
        .returning(_templates)
    )
    return _row(connection.execute(statement).mappings().one_or_none())


def change(
    connection: Connection, template_id: UUID, content: dict[str, Any], *, user_id: UUID | None
) -> TemplateRow:
    """Active again if it was not; the database counts the version."""
    statement = (
        update(_templates)
        .where(_columns.id == template_id)
        .values(**content, is_active=True, updated_by=user_id)
        .returning(_templates)
    )
    return _known(connection.execute(statement).mappings().one())


def _row(row: RowMapping | None) -> TemplateRow | None:
    return None if row is None else _known(row)


def _known(row: RowMapping) -> TemplateRow:
    content = {name: row[name] for name in CONTENT}
    return TemplateRow(row["id"], row["version"], row["is_active"], content)
