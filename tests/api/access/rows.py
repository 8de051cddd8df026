"""A row of everything that has an id in a path: whose it is, and what must be shared for somebody else to reach it."""

from collections.abc import Callable
from typing import Any, Final, NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import text

from dataviz_pipelines.core.models import tables
from tests.api.access.things import PATHS, Things
from tests.api.people import Person


class Row(NamedTuple):
    id: UUID
    shared: tuple[str, UUID]


class Theirs(NamedTuple):
    """`owner` has the thing, `author` wrote or did something about it."""

    things: Things
    owner: Person
    author: Person

    def of(self, kind: str) -> Row:
        made = self.things.make(kind, self.owner)
        return Row(made, (kind, made))

    def part(self, kind: str, table: type, column: str, **values: Any) -> Row:
        whole = self.of(kind)
        made = self.things.insert(table, owner=self.author, **{column: whole.id}, **values)
        return Row(made, whole.shared)


def _kind(kind: str) -> Callable[[Theirs], Row]:
    return lambda theirs: theirs.of(kind)


def _component(theirs: Theirs) -> Row:
    board = theirs.of("dashboard")
    return Row(theirs.things.component(board.id, None), board.shared)


def _comment(theirs: Theirs) -> Row:
    values: dict[str, Any] = {"resource_type": "dashboard", "comment_text": "Good"}
    return theirs.part("dashboard", tables.Comment, "resource_id", **values)


def _grant(theirs: Theirs) -> Row:
    board = theirs.of("dashboard")
    return Row(theirs.things.grant("dashboard", board.id, uuid4()), board.shared)


def _link(theirs: Theirs) -> Row:
    values: dict[str, Any] = {"name": "For all", "token_prefix": "dvl_", "token_hash": uuid4().hex}
    return theirs.part("dashboard", tables.PublicLink, "dashboard_id", **values)


def _table(theirs: Theirs) -> Row:
    names = {"database_name": "shop", "schema_name": "public", "table_name": "orders"}
    return theirs.part(
        "data_source", tables.DatabaseMetadata, "data_source_id", table_type="table", **names
    )


def _column(theirs: Theirs) -> Row:
    table = _table(theirs)
    values: dict[str, Any] = {
        "table_metadata_id": table.id,
        "column_name": "city",
        "data_type": "text",
    }
    return Row(theirs.things.insert(tables.ColumnMetadata, **values), table.shared)


def _discovery(theirs: Theirs) -> Row:
    return theirs.part("data_source", tables.DiscoveryRun, "data_source_id", status="queued")


def _change(theirs: Theirs) -> Row:
    table = _table(theirs)
    source: dict[str, Any] = {"data_source_id": table.shared[1], "status": "queued"}
    values: dict[str, Any] = {
        "discovery_run_id": theirs.things.insert(tables.DiscoveryRun, **source),
        "table_metadata_id": table.id,
        "change_type": "table_added",
    }
    return Row(theirs.things.insert(tables.MetadataChange, **values), table.shared)


def _job_run(theirs: Theirs) -> Row:
    return theirs.part("scheduler_job", tables.SchedulerJobRun, "job_id", run_id=uuid4().hex)


def _upload(theirs: Theirs) -> Row:
    """Of whoever did it; the template is another's."""
    template = theirs.things.make("upload_template", is_active=True)
    values: dict[str, Any] = {"file_name": "cities.csv", "file_size_bytes": 10, "source": "api"}
    made = theirs.things.insert(
        tables.UploadHistory, owner=theirs.author, template_id=template, **values
    )
    return Row(made, ("upload_template", template))


ROWS: Final[dict[str, Callable[[Theirs], Row]]] = {
    **{path: _kind(kind) for kind, path in PATHS.items()},
    "columns": _column,
    "comments": _comment,
    "dashboard-components": _component,
    "discovery-runs": _discovery,
    "grants": _grant,
    "metadata-changes": _change,
    "public-links": _link,
    "scheduler-job-runs": _job_run,
    "tables": _table,
    "uploads": _upload,
}
"""Of things that belong to somebody and can be shared, and of their parts."""


def _bookmark(things: Things, person: Person) -> UUID:
    board = things.make("dashboard", person)
    named: dict[str, Any] = {
        "resource_type": "dashboard",
        "resource_id": board,
        "bookmark_name": "Mine",
    }
    return things.insert(tables.Bookmark, user_id=person.id, **named)


def _api_key(things: Things, person: Person) -> UUID:
    key: dict[str, Any] = {"name": uuid4().hex, "prefix": "dvk_", "key_hash": uuid4().hex}
    return things.insert(tables.ApiKey, user_id=person.id, **key)


def _session(things: Things, person: Person) -> UUID:
    values: dict[str, Any] = {
        "token_hash": uuid4().hex,
        "expires_at": text("now() + interval '1 day'"),
    }
    return things.insert(tables.Session, user_id=person.id, **values)


def _notification(things: Things, person: Person) -> UUID:
    values: dict[str, Any] = {"notification_type": "mention", "title": "Look", "message": "Here"}
    return things.insert(tables.Notification, user_id=person.id, **values)


PERSONAL: Final[dict[str, Callable[[Things, Person], UUID]]] = {
    "api-keys": _api_key,
    "bookmarks": _bookmark,
    "notifications": _notification,
    "sessions": _session,
}
"""Of what is one person's alone, administrators included."""

EVERYBODYS: Final = frozenset({"audit-logs", "notification-channels", "roles", "settings", "users"})
"""The permission alone decides of these."""
WITNESSED: Final = frozenset(
    {"change-impacts", "dashboard-analytics", "notification-deliveries", "query-execution-logs"}
)
"""What people did, and what happened to them and theirs: seen by them, and by those who may see what others did. They have
tests of their own."""
