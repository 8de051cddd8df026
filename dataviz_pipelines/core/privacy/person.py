"""The person in question: by which names they go, and how a text is searched for them."""

import json
import re
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from dataviz_pipelines.core.privacy.errors import PersonNotFoundError
from dataviz_pipelines.core.sql import blocks

FIRST_NAME: Final = "Erased"
LAST_NAME: Final = "user"
_DOMAIN: Final = "erased.invalid"
# What precedes a word: no letter of a longer one, unless that letter ends an escape in the text of a JSON value.
_START: Final = r"(?:(?<![{word}])|(?<=\\[bfnrt])|(?<=\\u[0-9a-f]{{4}}))"
_END: Final = r"(?![\w-]|\.(?!(?:csv|tsv|txt|xlsx?|json|ndjson|gz|zip)\y)\w)"
_SQL = blocks("dataviz_pipelines.core.privacy", "privacy.sql")


@dataclass(frozen=True)
class Mention:
    """A pattern in PostgreSQL's dialect, its flags, and what stands there after an erasure."""

    pattern: str
    flags: str
    becomes: str


@dataclass(frozen=True)
class Person:
    """`emails` and full `names` are all that they ever had and that nobody else has now."""

    id: UUID
    email: str
    emails: tuple[str, ...]
    names: tuple[str, ...]

    @property
    def pseudonym(self) -> str:
        """Their own, and the same whenever they are erased."""
        return f"erased-{self.id.hex[-8:]}@{_DOMAIN}"

    @property
    def mentions(self) -> list[Mention]:
        emails = [Mention(_email_pattern(each), "gi", self.pseudonym) for each in self.emails]
        full_name = f"{FIRST_NAME} {LAST_NAME}"
        return emails + [Mention(_name_pattern(each), "g", full_name) for each in self.names]


def find_person(connection: Connection, who: str) -> Person:
    """By e-mail address or id. Raises PersonNotFoundError."""
    row = connection.exec_driver_sql(_SQL["find"], {"who": who.strip()}).first()
    if row is None:
        raise PersonNotFoundError(f"There is nobody with the address or id {who!r}.")
    found = connection.exec_driver_sql(_SQL["names"], {"id": row.id}).all()
    return Person(
        id=row.id,
        email=row.email,
        emails=tuple(name for kind, name in found if kind == "email"),
        names=tuple(name for kind, name in found if kind == "name"),
    )


def _email_pattern(email: str) -> str:
    """Not as a part of another's address, but as a file's name. In an URL the sign may be encoded."""
    inner = _quoted(email).replace("@", "(?:@|%40)")
    return _START.format(word=r"\w.%+-") + inner + _END


def _name_pattern(name: str) -> str:
    return _START.format(word=r"\w") + _quoted(name) + r"(?!\w)"


def _quoted(text: str) -> str:
    """As it stands in a text, and as it stands in the text of a JSON value."""
    ways = {text, json.dumps(text, ensure_ascii=False)[1:-1]}
    return "(?:" + "|".join(re.escape(way) for way in sorted(ways)) + ")"
