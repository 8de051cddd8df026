"""Who may do what to which rows, as conditions that are part of the SQL: what is not allowed is not found, listed or counted.

A condition is SQL text about a row named `item`; it binds `caller_id` and `principals`, which `parameters` gives. Nothing
that a caller sends becomes part of the text.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Protocol

from dataviz_pipelines.core.models.access import PermissionType, ResourceType
from dataviz_pipelines.core.models.documents.permissions import MANAGE
from dataviz_pipelines.core.models.scheduler import SEEDED_JOB_IDS
from dataviz_pipelines.core.security.caller import Caller

ALWAYS: Final = "true"
NEVER: Final = "false"
OWN: Final = "item.created_by = %(caller_id)s"
_LEVELS: Final = {
    "view": (PermissionType.VIEW, PermissionType.EDIT, PermissionType.MANAGE),
    "edit": (PermissionType.EDIT, PermissionType.MANAGE),
}
_MANAGE: Final = (PermissionType.MANAGE,)
_SEEDED_JOBS: Final = ", ".join(f"'{job_id}'" for job_id in SEEDED_JOB_IDS)


class Policy(Protocol):
    """`by_row`: whether a row may allow what the caller's roles alone do not."""

    @property
    def by_row(self) -> bool: ...

    def permission(self, action: str) -> str | None:
        """What the action needs, None: only to be logged in."""

    def allows(self, caller: Caller, action: str) -> str:
        """The condition under which the caller may do an action (`view`, `edit`, `delete`, …) to a row."""


@dataclass(frozen=True)
class Kind:
    """Things that belong to who made them and can be shared. `name` is the vocabulary's word (`dashboards`), `public` the
    condition under which everybody with `name:view` sees a row, `fixed` the one under which nobody changes it: it is the
    platform's own."""

    name: str
    table: str
    type: ResourceType
    public: str = NEVER
    fixed: str = NEVER
    by_row: bool = True

    def permission(self, action: str) -> str:
        return f"{self.name}:{action}"

    def allows(self, caller: Caller, action: str) -> str:
        allowed = self._allowed(caller, action)
        is_fixed = action != "view" and self.fixed != NEVER
        return f"({allowed} AND NOT {self.fixed})" if is_fixed else allowed

    def _allowed(self, caller: Caller, action: str) -> str:
        permission = self.permission(action)
        if caller.may(permission) and caller.may(f"{self.name}:{MANAGE}"):
            return ALWAYS
        ways = []
        if caller.may(permission):
            ways.append(OWN)
            if action == "view" and self.public != NEVER:
                ways.append(self.public)
        if caller.in_scope(permission):
            ways.append(self.granted(action))
        return f"({' OR '.join(ways)})" if ways else NEVER

    def granted(self, action: str) -> str:
        """The condition under which a grant allows the action."""
        return _granted(self.type, action)


@cache
def _granted(kind: ResourceType, action: str) -> str:
    levels = ", ".join(f"'{level.value}'" for level in _LEVELS.get(action, _MANAGE))
    return (
        "item.id IN (SELECT resource_id FROM resource_permissions "
        f"WHERE resource_type = '{kind.value}' AND permission_type IN ({levels}) "
        "AND principal_type IN ('user', 'role') AND principal_id = ANY(%(principals)s) "
        "AND (expires_at IS NULL OR expires_at > now()))"
    )


KINDS: Final[dict[ResourceType, Kind]] = {
    kind.type: kind
    for kind in (
        Kind("dashboards", "dashboards", ResourceType.DASHBOARD, "item.is_public"),
        Kind("visualizations", "visualizations", ResourceType.VISUALIZATION, "item.is_public"),
        Kind("saved_queries", "saved_queries", ResourceType.SAVED_QUERY),
        Kind("data_sources", "data_sources", ResourceType.DATA_SOURCE),
        Kind(
            "upload_templates", "upload_templates", ResourceType.UPLOAD_TEMPLATE, "item.is_active"
        ),
        Kind(
            "scheduler_jobs",
            "scheduler_jobs",
            ResourceType.SCHEDULER_JOB,
            fixed=f"item.id IN ({_SEEDED_JOBS})",
        ),
        Kind("themes", "theme_library", ResourceType.THEME, "(item.is_public OR item.is_default)"),
        Kind("charts", "chart_library", ResourceType.CHART, "item.is_public"),
    )
}


@dataclass(frozen=True)
class Everybodys:
    """Rows that are nobody's own: the permission decides for all of them. `public` is the condition under which whoever is
    logged in sees a row without it."""

    name: str
    public: str = NEVER
    by_row: bool = False

    def permission(self, action: str) -> str | None:
        return None if self._is_open(action) else f"{self.name}:{action}"

    def allows(self, caller: Caller, action: str) -> str:
        if caller.may(f"{self.name}:{action}"):
            return ALWAYS
        return self.public if self._is_open(action) else NEVER

    def _is_open(self, action: str) -> bool:
        return action == "view" and self.public != NEVER


@dataclass(frozen=True)
class Personal:
    """Rows that are one person's business and nobody else's, administrators included."""

    column: str = "user_id"
    by_row: bool = True

    def permission(self, action: str) -> None:  # noqa: ARG002
        return None

    def allows(self, caller: Caller, action: str) -> str:  # noqa: ARG002  # every action alike
        return f"item.{self.column} = %(caller_id)s"


class Whole(Policy, Protocol):
    """A policy of rows that have parts."""

    @property
    def table(self) -> str: ...


@dataclass(frozen=True)
class PartOf:
    """Parts of something: whoever may see it sees them, whoever may edit it edits them, adds some and takes some away.
    `table` is where the parts are, for parts that have parts themselves."""

    whole: Whole
    column: str
    table: str = ""
    by_row: bool = True

    def permission(self, action: str) -> str | None:
        return self.whole.permission(self.action_on_whole(action))

    def allows(self, caller: Caller, action: str) -> str:
        return within(self.whole, self.column, caller, self.action_on_whole(action))

    @staticmethod
    def action_on_whole(action: str) -> str:
        return "view" if action == "view" else "edit"


METADATA: Final = Kind("metadata", "data_sources", ResourceType.DATA_SOURCE)
"""What is known of a data source goes with it, but takes a permission of its own."""
TABLE_METADATA: Final = PartOf(METADATA, "data_source_id", table="database_metadata")


def within(whole: Whole, column: str, caller: Caller, action: str) -> str:
    inner = whole.allows(caller, action)
    if inner in (ALWAYS, NEVER):
        return inner
    return f"item.{column} IN (SELECT item.id FROM {whole.table} AS item WHERE {inner})"


def either(one: str, other: str) -> str:
    if ALWAYS in (one, other):
        return ALWAYS
    return one if other == NEVER else f"({one} OR {other})"


def parameters(caller: Caller) -> dict[str, Any]:
    return {"caller_id": caller.user_id, "principals": caller.principals}
