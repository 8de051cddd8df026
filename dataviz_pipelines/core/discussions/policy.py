"""Who may do what to comments: they are for everybody who may see what they are about, and their authors' own."""

from dataclasses import dataclass

from dataviz_pipelines.core.models.access import ResourceType
from dataviz_pipelines.core.security.caller import Caller
from dataviz_pipelines.core.security.rows import ALWAYS, KINDS, NEVER, OWN, Personal, within

_VIEW = "comments:view"


@dataclass(frozen=True)
class Remarks:
    """Authors change and delete what they wrote. Whoever may edit the thing settles what is said about it, as its owner and
    the author do, and with `comments:moderate` deletes it."""

    by_row: bool = True

    def permission(self, action: str) -> str:
        return "comments:create" if action in ("create", "edit") else _VIEW

    def allows(self, caller: Caller, action: str) -> str:
        visible = _about(caller, "view")
        if action == "view" or visible == NEVER:
            return visible
        return f"({visible} AND ({' OR '.join(_ways(caller, action))}))"


@dataclass(frozen=True)
class Mailbox(Personal):
    """What is one person's alone, until it expires."""

    def allows(self, caller: Caller, action: str) -> str:
        own = super().allows(caller, action)
        return f"({own} AND (item.expires_at IS NULL OR item.expires_at > now()))"


def _ways(caller: Caller, action: str) -> list[str]:
    if action == "edit":
        return [f"({OWN} AND item.deleted_at IS NULL)" if caller.may("comments:create") else NEVER]
    if action == "delete":
        moderated = _about(caller, "edit") if caller.may("comments:moderate") else NEVER
        return [f"item.deleted_at IS NULL AND ({OWN} OR {moderated})"]
    return [OWN, _about(caller, "edit"), _owned()]


def _about(caller: Caller, action: str) -> str:
    """Comments on what the caller may do the action to. Without the permission: on what is shared with them."""
    if not caller.in_scope(_VIEW):
        return NEVER
    seer = caller if caller.may(_VIEW) else caller._replace(permissions=frozenset())
    ways = [(type, within(kind, "resource_id", seer, action)) for type, kind in KINDS.items()]
    if all(way == ALWAYS for _, way in ways):
        return ALWAYS
    return _any(ways)


def _owned() -> str:
    return _any(
        [
            (type, f"item.resource_id IN (SELECT item.id FROM {kind.table} AS item WHERE {OWN})")
            for type, kind in KINDS.items()
        ]
    )


def _any(ways: list[tuple[ResourceType, str]]) -> str:
    found = [
        f"(item.resource_type = '{type.value}' AND {way})" for type, way in ways if way != NEVER
    ]
    return f"({' OR '.join(found)})" if found else NEVER
