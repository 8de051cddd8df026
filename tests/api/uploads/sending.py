"""People who send files, and what becomes of them."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
from sqlalchemy import Engine

from dataviz_pipelines.core.ingestion.templates import check_template, save_template
from tests.api.people import Person
from tests.dropbox import template_document
from tests.servers.workers import until

UPLOADS = "/api/v1/uploads"
MIXED = b"name,amount\nbolt,2\nnut,x\nnail,3\n"
GOOD = b"name,amount\nbolt,2\nnut,3\n"


def add_template(engine: Engine, name: str = "orders", **changes: Any) -> str:
    """Its id."""
    with engine.begin() as connection:
        stored, _ = save_template(connection, check_template(template_document(name, **changes)))
    return str(stored.id)


def send(
    person: Person,
    content: bytes | Iterator[bytes] = GOOD,
    *,
    name: str = "orders.csv",
    template: str | None = "orders",
    headers: dict[str, str] | None = None,
    **fields: Any,
) -> httpx.Response:
    """The fields stand before the file, as browsers send a form in its order."""
    parts = {"template": template, **fields}
    form = [
        (key, (None, str(value).lower() if isinstance(value, bool) else str(value)))
        for key, value in parts.items()
        if value is not None
    ]
    return person.http.post(UPLOADS, files=[*form, ("file", (name, content))], headers=headers)


def sent(person: Person, content: bytes = GOOD, **options: Any) -> dict[str, Any]:
    """The upload when it has ended."""
    answer = send(person, content, **options)
    assert answer.status_code in (201, 202), answer.text
    return ended(person, answer.json()["id"])


def ended(person: Person, upload_id: str) -> dict[str, Any]:
    found: dict[str, Any] = until(
        lambda: (row := read(person, upload_id))["status"] not in ("queued", "running") and row
    )
    return found


def read(person: Person, upload_id: str) -> dict[str, Any]:
    answer = person.http.get(f"{UPLOADS}/{upload_id}")
    assert answer.status_code == 200, answer.text
    row: dict[str, Any] = answer.json()
    return row


def act(person: Person, upload_id: str, deed: str) -> httpx.Response:
    return person.http.post(f"{UPLOADS}/{upload_id}/{deed}")


def events(stream: str) -> list[tuple[str, str, dict[str, Any]]]:
    """Id, name and data of each event of a stream that has ended."""
    found = []
    for block in stream.split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
        if "event" in lines:
            found.append((lines["id"], lines["event"], json.loads(lines["data"])))
    return found
