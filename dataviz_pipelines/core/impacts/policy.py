"""Who may see what a change does: whoever may see the thing that it does it to."""

from dataclasses import dataclass

from dataviz_pipelines.core.models.access import ResourceType
from dataviz_pipelines.core.security.caller import Caller
from dataviz_pipelines.core.security.rows import KINDS, NEVER, within

_CONCERNED = (
    ResourceType.SAVED_QUERY,
    ResourceType.VISUALIZATION,
    ResourceType.UPLOAD_TEMPLATE,
    ResourceType.SCHEDULER_JOB,
)


@dataclass(frozen=True)
class Concerning:
    """Nobody needs a permission for it: what is theirs or shared with them, they see."""

    by_row: bool = True

    def permission(self, action: str) -> None:  # noqa: ARG002
        return None

    def allows(self, caller: Caller, action: str) -> str:
        ways = [
            f"(item.resource_type = '{type.value}' AND {way})"
            for type in _CONCERNED
            if (way := within(KINDS[type], "resource_id", caller, action)) != NEVER
        ]
        return f"({' OR '.join(ways)})" if ways else NEVER
