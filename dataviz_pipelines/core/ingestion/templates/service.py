"""Templates in the database: saved with a version, found by name or id."""

import difflib
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from dataviz_pipelines.core.ingestion.errors import TemplateNotFoundError
from dataviz_pipelines.core.ingestion.templates import store
from dataviz_pipelines.core.ingestion.templates.sources import with_source
from dataviz_pipelines.core.ingestion.templates.wellformed import read_document
from dataviz_pipelines.core.models.documents.uploads import TemplateDocument


@dataclass(frozen=True)
class StoredTemplate:
    id: UUID
    version: int
    document: TemplateDocument
    is_active: bool = True


class Change(StrEnum):
    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


def save_template(
    connection: Connection, document: TemplateDocument, *, user_id: UUID | None = None
) -> tuple[StoredTemplate, Change]:
    """Adds a checked template (`check_template`), or makes its next version; its name is the key. The same content again
    changes nothing, not even who changed it last. Raises TemplateProblemsError for its data source."""
    content = as_json(with_source(connection, document))
    added = store.insert_if_new(connection, content, user_id=user_id)
    if added is not None:
        return _stored(added), Change.ADDED
    known = store.find_for_update(connection, document.name)
    if known is None:
        raise _not_found(connection, document.name)
    if known.is_active and as_json(_stored(known).document) == content:
        return _stored(known), Change.UNCHANGED
    changed = store.change(connection, known.id, content, user_id=user_id)
    return _stored(changed), Change.CHANGED


def get_template(connection: Connection, name: str) -> StoredTemplate:
    """Raises TemplateNotFoundError, which suggests a similar name."""
    row = store.find(connection, name)
    if row is None:
        raise _not_found(connection, name)
    return _stored(row)


def get_template_by_id(connection: Connection, template_id: UUID) -> StoredTemplate:
    row = store.find_by_id(connection, template_id)
    if row is None:
        raise TemplateNotFoundError(f"There is no template with the id {template_id}.")
    return _stored(row)


def list_templates(connection: Connection) -> list[StoredTemplate]:
    """By name; those that are not active too."""
    return [_stored(row) for row in store.all_by_name(connection)]


def as_json(document: TemplateDocument) -> dict[str, Any]:
    """Complete, defaults included: a default that changes later must not change what a stored template means."""
    return document.model_dump(mode="json", by_alias=True)


def as_written(document: TemplateDocument) -> dict[str, Any]:
    """As a person would write it: only what differs from the defaults."""
    written = document.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return {"name": document.name, **written}


def _stored(row: store.TemplateRow) -> StoredTemplate:
    return StoredTemplate(row.id, row.version, read_document(row.content), row.is_active)


def _not_found(connection: Connection, name: str) -> TemplateNotFoundError:
    known = store.names(connection)
    near = difflib.get_close_matches(name, known, n=1)
    remedy = f"Did you mean {near[0]!r}?" if near else "See `dataviz template list`."
    return TemplateNotFoundError(f"There is no template {name!r}.", remedy=remedy)
