"""Who is named in a text: `@ada@example.org`, or `@` and the id of a person."""

import re
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from dataviz_pipelines.core.crud.errors import InvalidRowError

MAX_MENTIONS: Final = 20
_ID: Final = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_MENTION: Final = re.compile(
    rf"(?<![\w@.])@(?:(?P<id>{_ID})(?![\w-])|(?P<email>[\w.!#$%&'*+/=?^`{{|}}~-]{{1,64}}@[\w-]+(?:\.[\w-]+)*))"
)


@dataclass(frozen=True)
class Mentions:
    """Addresses are in lower case. Whether anybody has one is for whoever looks them up."""

    ids: frozenset[UUID]
    emails: frozenset[str]

    def __sub__(self, other: "Mentions") -> "Mentions":
        return Mentions(self.ids - other.ids, self.emails - other.emails)


def mentions(text: str) -> Mentions:
    found = list(_MENTION.finditer(text))
    return Mentions(
        ids=frozenset(UUID(each["id"]) for each in found if each["id"]),
        emails=frozenset(each["email"].lower() for each in found if each["email"]),
    )


def require_few(text: str) -> None:
    """A comment is no way to write to everybody. Raises InvalidRowError."""
    found = mentions(text)
    if len(found.ids) + len(found.emails) > MAX_MENTIONS:
        raise InvalidRowError(
            f"A comment mentions at most {MAX_MENTIONS} people.", place="/comment_text"
        )
