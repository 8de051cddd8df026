"""The vocabulary of permissions, `resource:action`. Roles and API keys hold lists of these words.

What a role may do with single things is narrowed or widened by `resource_permissions`; this vocabulary is about kinds.
"""

from typing import Annotated, Final

from pydantic import AfterValidator

EVERYTHING: Final = "*"

MANAGE: Final = "manage"
"""Together with another action: to everybody's, not only to one's own and what is shared."""

_CHANGE = ("view", "create", "edit", "delete")

ACTIONS: Final[dict[str, tuple[str, ...]]] = {
    "users": _CHANGE,
    "roles": _CHANGE,
    "grants": ("view", "edit"),
    "data_sources": (*_CHANGE, "test", MANAGE),
    "metadata": ("view", "edit", "discover", MANAGE),
    "saved_queries": (*_CHANGE, "run", MANAGE),
    "dashboards": (*_CHANGE, "publish", MANAGE),
    "visualizations": (*_CHANGE, "publish", MANAGE),
    "themes": (*_CHANGE, MANAGE),
    "charts": (*_CHANGE, MANAGE),
    "upload_templates": (*_CHANGE, MANAGE),
    "uploads": ("view", "create", "cancel", "undo", MANAGE),
    "scheduler_jobs": (*_CHANGE, "run", MANAGE),
    "analytics": ("view",),
    "audit_logs": ("view",),
    "system_settings": ("view", "edit"),
    "comments": ("view", "create", "moderate"),
    "pipelines": ("view", "operate"),
    "backups": ("view", "create", "restore"),
}

PERMISSIONS: Final = frozenset(
    f"{resource}:{action}" for resource, actions in ACTIONS.items() for action in actions
)


def of(*resources: str, actions: tuple[str, ...] | None = None) -> list[str]:
    """The permissions of these resources, all of them or only `actions`, in the vocabulary's order."""
    return [
        f"{resource}:{action}"
        for resource in resources
        for action in ACTIONS[resource]
        if actions is None or action in actions
    ]


def _known(permission: str) -> str:
    if permission != EVERYTHING and permission not in PERMISSIONS:
        message = f"{permission!r} is not a permission; they read `resource:action`"
        raise ValueError(message)
    return permission


Permission = Annotated[str, AfterValidator(_known)]
