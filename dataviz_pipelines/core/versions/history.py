"""F74: the versions of one resource, for those who may edit it: a history shows what its owner may since have taken out.

A resource that was deleted still has its history, for whoever owned it and for those who manage everybody's.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from dataviz_pipelines.core.crud import Collection
from dataviz_pipelines.core.crud.errors import RowNotFoundError
from dataviz_pipelines.core.security.caller import Caller
from dataviz_pipelines.core.security.errors import PermissionDeniedError
from dataviz_pipelines.core.security.rows import Kind, parameters
from dataviz_pipelines.core.sql import blocks, execute
from dataviz_pipelines.core.versions.diff import Change, changes
from dataviz_pipelines.core.versions.errors import VersionNotFoundError

_SQL = blocks("dataviz_pipelines.core.versions", "versions.sql")


@dataclass(frozen=True)
class Version:
    """`created_by` is who made the change. `document` is the resource as the change left it, where it was asked for."""

    version: int
    created_at: datetime
    created_by: UUID | None
    document: dict[str, Any] | None = None


@dataclass(frozen=True)
class Subject:
    """The resource whose versions are meant. `owner` is that of one which was deleted."""

    collection: Collection
    kind: Kind
    id: UUID
    exists: bool
    owner: UUID | None = None


def find_subject(
    connection: Connection, caller: Caller, collection: Collection, row_id: UUID
) -> Subject:
    """Raises RowNotFoundError, and PermissionDeniedError for what the caller may only see."""
    kind = collection.policy
    assert isinstance(kind, Kind)  # noqa: S101  # nothing else has versions
    statement = _SQL["access"].format(
        table=kind.table, visible=kind.allows(caller, "view"), editable=kind.allows(caller, "edit")
    )
    row = execute(connection, statement, {"id": row_id, **parameters(caller)}).fetchone()
    exists, visible, editable = row or (False, False, False)
    if not exists:
        return _deleted(connection, caller, collection, kind, row_id)
    if not visible:
        raise _not_found(collection, row_id)
    if not editable:
        raise PermissionDeniedError(
            f"The versions of a {collection.one} are for those who may edit it.",
            remedy="Ask its owner for a grant.",
        )
    return Subject(collection, kind, row_id, exists=True)


def list_versions(
    connection: Connection, subject: Subject, *, limit: int, before: int | None = None
) -> list[Version]:
    """The latest first, and one more than `limit` where there are more."""
    values = {**_key(subject), "before": before, "limit": limit + 1}
    return [Version(*row) for row in execute(connection, _SQL["page"], values)]


def get_version(connection: Connection, subject: Subject, version: int) -> Version:
    """Raises VersionNotFoundError."""
    row = execute(connection, _SQL["one"], {**_key(subject), "version": version}).fetchone()
    if row is None:
        raise VersionNotFoundError(
            f"There is no version {version} of this {subject.collection.one}."
        )
    return Version(*row)


def compare_versions(
    connection: Connection, subject: Subject, before: int, after: int
) -> Iterator[Change]:
    older, newer = (get_version(connection, subject, each).document for each in (before, after))
    return changes(older, newer)


def is_visible(connection: Connection, caller: Caller, kind: Kind, row_id: str) -> bool:
    statement = _SQL["visible"].format(table=kind.table, visible=kind.allows(caller, "view"))
    row = execute(connection, statement, {"id": row_id, **parameters(caller)}).fetchone()
    return row is not None and bool(row[0])


def _deleted(
    connection: Connection, caller: Caller, collection: Collection, kind: Kind, row_id: UUID
) -> Subject:
    """Who owned it is known to the audit alone."""
    row = execute(connection, _SQL["deletion"], {"table": kind.table, "id": row_id}).fetchone()
    owner = UUID(row[0]) if row is not None and row[0] is not None else None
    is_managed = caller.may(kind.permission("manage")) and caller.may(kind.permission("edit"))
    is_own = owner == caller.user_id and caller.may(kind.permission("edit"))
    subject = Subject(collection, kind, row_id, exists=False, owner=owner)
    if not (is_managed or is_own) or not list_versions(connection, subject, limit=1):
        raise _not_found(collection, row_id)
    return subject


def _key(subject: Subject) -> dict[str, Any]:
    return {"resource_type": subject.kind.type.value, "resource_id": subject.id}


def _not_found(collection: Collection, row_id: UUID) -> RowNotFoundError:
    return RowNotFoundError(f"There is no {collection.one} {row_id}.")
