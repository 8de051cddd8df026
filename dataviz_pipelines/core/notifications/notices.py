"""What people are told."""

from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from dataviz_pipelines.core.models.notifications import Severity

_LONGEST_TITLE: Final = 255
_LONGEST_KEY: Final = 255


@dataclass(frozen=True)
class Notice:
    """`kind` is an open vocabulary, such as `source_changed`. Whoever reads it may see no more than it says, so it names
    things and repeats no data; `action_url` leads to where permissions are asked for again, below /api/v1 or /dagster.

    `key` names what is wrong, such as `job:ID`: while it lasts people hear of it once, and then how often it happened. A
    notice that `recovers` says that it is over, to people who have heard of it and to nobody else."""

    kind: str
    title: str
    message: str
    action_url: str | None = None
    severity: Severity = Severity.INFO
    key: str | None = None
    recovers: bool = False

    def repeated(self, count: int) -> "Notice":
        """With how often it happened after people were told."""
        if count == 0:
            return self
        times = "once more" if count == 1 else f"{count} more times"
        return replace(self, message=f"{self.message}\nIt happened {times}.")

    def values(self, notice_id: UUID) -> dict[str, Any]:
        """By the names that the statements bind."""
        return {
            "notice_id": notice_id,
            "kind": self.kind,
            "title": self.title[:_LONGEST_TITLE],
            "message": self.message,
            "action_url": self.action_url,
            "severity": self.severity,
            "key": None if self.key is None else self.key[:_LONGEST_KEY],
        }
