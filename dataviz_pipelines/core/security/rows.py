"""Who may do what to which rows, as conditions that are part of the SQL: what is not allowed is not found, listed or counted.

A condition is SQL text about a row named `item`; it binds `caller_id` and `principals`, which `parameters` gives. Nothing
that a caller sends becomes part of the text.
"""

from dataclasses import dataclass
from typing import Any, Final, Protocol

from dataviz_pipelines.core.models.access import PermissionType, ResourceType
from dataviz_pipelines.core.security.caller import Caller

ALWAYS: Final = "true"
NEVER: Final = "false"
_LEVELS: Final = {
    "view": (PermissionType.VIEW, PermissionType.EDIT, PermissionType.MANAGE),
    "edit": (PermissionType.EDIT, PermissionType.MANAGE),
}
_MANAGE: Final = (PermissionType.MANAGE,)


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
    condition under which everybody with `name:view` sees a row."""

    name: str
    table: str
    type: ResourceType
    public: str = NEVER
    by_row: bool = True

    def permission(self, action: str) -> str:
        return f"{self.name}:{action}"

    def allows(self, caller: Caller, action: str) -> str:
        permission = self.permission(action)
        if caller.may(permission) and caller.may(f"{self.name}:manage"):
            return ALWAYS
        ways = []
        if caller.may(permission):
            ways.append("item.created_by = %(caller_id)s")
            if action == "view" and self.public != NEVER:
                ways.append(self.public)
        if caller.in_scope(permission):
            ways.append(self._granted(action))
        return f"({' OR '.join(ways)})" if ways else NEVER

    def _granted(self, action: str) -> str:
        levels = ", ".join(f"'{level.value}'" for level in _LEVELS.get(action, _MANAGE))
        return (
            "item.id IN (SELECT resource_id FROM resource_permissions "
            f"WHERE resource_type = '{self.type.value}' AND permission_type IN ({levels}) "
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
        Kind("scheduler_jobs", "scheduler_jobs", ResourceType.SCHEDULER_JOB),
        Kind("themes", "theme_library", ResourceType.THEME, "(item.is_public OR item.is_default)"),
        Kind("charts", "chart_library", ResourceType.CHART, "item.is_public"),
    )
}


@dataclass(frozen=True)
class Everybodys:
    """Rows that are nobody's own: the permission decides for all of them."""

    name: str
    by_row: bool = False

    def permission(self, action: str) -> str:
        return f"{self.name}:{action}"

    def allows(self, caller: Caller, action: str) -> str:
        return ALWAYS if caller.may(self.permission(action)) else NEVER


@dataclass(frozen=True)
class Personal:
    """Rows that are one person's business and nobody else's, administrators included."""

    column: str = "user_id"
    by_row: bool = True

    def permission(self, action: str) -> None:  # noqa: ARG002
        return None

    def allows(self, caller: Caller, action: str) -> str:  # noqa: ARG002  # every action alike
        return f"item.{self.column} = %(caller_id)s"


@dataclass(frozen=True)
class PartOf:
    """Parts of something: whoever may see it sees them, whoever may edit it edits them."""

    whole: Kind
    column: str
    by_row: bool = True

    def permission(self, action: str) -> str:
        return self.whole.permission("view" if action == "view" else "edit")

    def allows(self, caller: Caller, action: str) -> str:
        inner = self.whole.allows(caller, "view" if action == "view" else "edit")
        return (
            f"item.{self.column} IN (SELECT item.id FROM {self.whole.table} AS item WHERE {inner})"
        )


def parameters(caller: Caller) -> dict[str, Any]:
    return {"caller_id": caller.user_id, "principals": caller.principals}
