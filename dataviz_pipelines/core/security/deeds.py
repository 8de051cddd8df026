"""Who may see what people did: it is theirs, but not theirs alone."""

from dataclasses import dataclass
from typing import Final

from dataviz_pipelines.core.models.access import ResourceType
from dataviz_pipelines.core.models.documents.permissions import MANAGE
from dataviz_pipelines.core.security.caller import Caller
from dataviz_pipelines.core.security.rows import ALWAYS, KINDS, NEVER, OWN, Kind, either, within


@dataclass(frozen=True)
class MadeWith:
    """What people make by means of something, as uploads by means of a template: they see theirs, whoever may edit the
    means sees all that was made with it, and whoever may delete the means does anything to it."""

    name: str
    table: str
    means: Kind
    column: str
    by_row: bool = True

    def permission(self, action: str) -> str:
        return f"{self.name}:{action}"

    def allows(self, caller: Caller, action: str) -> str:
        permission = self.permission(action)
        if caller.may(permission) and caller.may(f"{self.name}:{MANAGE}"):
            return ALWAYS
        if not caller.in_scope(permission):
            return NEVER
        others = within(self.means, self.column, caller, "edit" if action == "view" else "delete")
        return either(OWN, others) if caller.may(permission) else others


@dataclass(frozen=True)
class Witnessed:
    """What people did with something: everybody sees what they did themselves; whoever has the permission also sees what
    others did with what both may see."""

    needed: str
    whole: Kind
    column: str
    by_row: bool = True

    def permission(self, action: str) -> None:  # noqa: ARG002
        return None

    def allows(self, caller: Caller, action: str) -> str:
        own = "item.user_id = %(caller_id)s"
        if not caller.may(self.needed):
            return own
        return either(own, within(self.whole, self.column, caller, action))


UPLOADS: Final = MadeWith(
    "uploads", "upload_history", KINDS[ResourceType.UPLOAD_TEMPLATE], "template_id"
)
