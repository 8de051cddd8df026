"""docs/api.md is true: its requests are sent one after the other, and answered as it says.

In an example `{name}` stands for a value: the one of the answer where it is met first, the same one from there on. Of headers
and documents only what the example shows is compared; a list that ends with … has others beside those that are shown.
"""

import json
import re
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

import httpx
from sqlalchemy import Engine, update

from dataviz_pipelines.core.models.tables import User
from dataviz_pipelines.core.security.passwords import hash_password
from tests.api.people import People

PAGE: Final = Path(__file__).parents[2] / "docs" / "api.md"
PASSWORD: Final = "a long walk by the sea"
_EXAMPLE: Final = re.compile(r"```http\n(.*?)\n\nHTTP/1\.1 (\d+) ([\w ]+)\n(.*?)```", re.DOTALL)
_NAME: Final = re.compile(r"\{(\w+)\}")
_VALUE: Final = re.compile(r"(?<=: )\{(\w+)\}")


@dataclass
class Reader:
    """Somebody who follows the page."""

    client: httpx.Client
    values: dict[str, str] = field(default_factory=dict)

    def ask(self, asked: str) -> httpx.Response:
        head, _, body = asked.partition("\n\n")
        (method, path), *headers = (line.split(" ", 1) for line in head.splitlines())
        sent = {name.rstrip(":"): self._filled(value) for name, value in headers}
        if "token" in self.values:
            sent["Authorization"] = f"Bearer {self.values['token']}"
        document = json.loads(self._filled(self._quoted(body))) if body else None
        return self.client.request(method, self._filled(path), json=document, headers=sent)

    def compare(self, shown: str, answer: httpx.Response) -> None:
        headers, _, body = f"\n{shown}".partition("\n\n")
        for line in filter(None, headers.splitlines()):
            name, value = line.split(": ", 1)
            self._same(value, answer.headers[name], name)
        if body.strip():
            self._same(json.loads(body), answer.json(), "")

    def _same(self, shown: Any, found: Any, place: str) -> None:
        if isinstance(shown, dict):
            for name, value in shown.items():
                self._same(value, found[name], f"{place}/{name}")
        elif isinstance(shown, list) and shown[-1:] == ["…"]:
            assert set(shown[:-1]) <= set(found), place
        elif isinstance(shown, list):
            assert len(shown) == len(found), place
            for number, value in enumerate(shown):
                self._same(value, found[number], f"{place}/{number}")
        elif isinstance(shown, str):
            self._bind(shown, found)
            assert self._filled(shown) == found, place
        else:
            assert shown == found, place

    def _bind(self, shown: str, found: str) -> None:
        name = _NAME.search(shown)
        if name is not None and name[1] not in self.values:
            self.values[name[1]] = found.removeprefix(shown[: name.start()])

    def _filled(self, text: str) -> str:
        return _NAME.sub(lambda name: self.values[name[1]], text)

    def _quoted(self, body: str) -> str:
        """A name that stands where JSON wants a value gets the value as JSON."""
        return _VALUE.sub(lambda name: json.dumps(self.values[name[1]]), body)


def _password(engine: Engine, person_id: Any) -> None:
    values = {"password_hash": hash_password(PASSWORD)}
    with engine.begin() as connection:
        connection.execute(update(User).where(User.id == person_id).values(values))


def test_the_guide_is_answered_as_it_says(
    client: httpx.Client, people: People, app_engine: Engine
) -> None:
    ada = people("editor", email="ada@example.org")
    people("viewer", email="bob@example.org")
    _password(app_engine, ada.id)
    reader = Reader(client)
    examples = _EXAMPLE.findall(PAGE.read_text(encoding="utf-8"))
    assert len(examples) > 20
    for asked, status, phrase, shown in examples:
        answer = reader.ask(asked)
        assert answer.status_code == int(status), f"{asked}\n{answer.text}"
        assert HTTPStatus(int(status)).phrase == phrase
        reader.compare(shown, answer)


def test_every_example_of_the_guide_is_tried() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text.count("```http") == len(_EXAMPLE.findall(text))
