"""Comments as people write them."""

from typing import Any

import httpx

from tests.api.dashboards.boards import API, Json, made
from tests.api.people import Person

COMMENTS = f"{API}/comments"
NOTIFICATIONS = f"{API}/notifications"


def write(person: Person, resource_id: str, text: str, **values: Any) -> httpx.Response:
    """On a dashboard, unless `values` say otherwise."""
    about = {"resource_type": "dashboard", "resource_id": resource_id}
    return person.post(COMMENTS, {**about, "comment_text": text, **values})


def said(person: Person, resource_id: str, text: str, **values: Any) -> Json:
    comment: Json = made(write(person, resource_id, text, **values))
    return comment


def answered(person: Person, comment: Json, text: str) -> Json:
    return said(person, comment["resource_id"], text, parent_comment_id=comment["id"])


def told(person: Person) -> list[tuple[str, str]]:
    """The type and the title of what the person was told, the latest first."""
    items = made(person.http.get(NOTIFICATIONS))["items"]
    return [(each["notification_type"], each["title"]) for each in items]
