"""S33 and S36 for single rows: how far each role gets with what is another's, its own, or shared with it."""

import re
from collections.abc import Iterator
from typing import Final

import httpx
import pytest
from fastapi import FastAPI

from api.matrix import GRANTED, NO, NO_ROLE, NOBODY, OWN, YES
from tests.api.access.rows import EVERYBODYS, PERSONAL, ROWS, WITNESSED, Theirs
from tests.api.access.things import Things
from tests.api.examples import Examples
from tests.api.people import People, Person
from tests.api.test_matrix import COLUMNS, Cells, written

REACHED: Final = {
    YES: {"another's", "own", "shared"},
    OWN: {"own", "shared"},
    GRANTED: {"shared"},
    NO: set(),
}
LOGGED_IN: Final = [each for each in COLUMNS if each != NOBODY]
SITUATIONS: Final = ("another's", "own", "shared")
HIDDEN: Final = {f"urn:dataviz:{what}NotFound" for what in ("Row", "Asked", "Table")}
_FAMILY: Final = re.compile(r"^/api/v1/(?P<family>[a-z-]+)/\{id\}")


def with_ids() -> Iterator[tuple[str, Cells]]:
    for cells in written():
        match = _FAMILY.match(cells.path)
        if match is not None:
            yield match["family"], cells


SEEN: Final = {
    family: cells.by_column
    for family, cells in with_ids()
    if cells.method == "GET" and cells.path.endswith("{id}")
}
"""Who sees a row: to others it is not there, whatever they ask of it."""


def of_things() -> list[tuple[str, Cells]]:
    return [(family, cells) for family, cells in with_ids() if family in ROWS]


class Asking:
    """A person, and rows of theirs and of somebody else. A row that a request may have deleted is made anew."""

    def __init__(
        self, examples: Examples, things: Things, person: Person, stranger: Person
    ) -> None:
        self._examples = examples
        self._things, self._person, self._stranger = things, person, stranger
        self._rows: dict[tuple[str, str], str] = {}

    def status(self, family: str, cells: Cells, situation: str) -> tuple[int, str]:
        key = (family, situation)
        if key not in self._rows:
            self._rows[key] = self._row(family, situation)
        row_id = self._rows[key]
        if cells.method == "DELETE":
            del self._rows[key]
        return self.ask(cells, row_id)

    def ask(self, cells: Cells, row_id: str) -> tuple[int, str]:
        method, path = cells.method, cells.path
        known = {"id": row_id, "version": 1, "before": 1, "after": 1}
        asked = {"headers": {}, **self._examples.body(method, path)}
        url = self._examples.path(method, path, **known)
        query = self._examples.query(method, path)
        with self._person.http.stream(method, url, params=query, **asked) as answer:
            return answer.status_code, _type(answer)

    def _row(self, family: str, situation: str) -> str:
        owner = self._person if situation == "own" else self._stranger
        author = self._stranger if situation == "another's" else self._person
        if situation == "shared" and family == "uploads":
            author = self._stranger
        row = ROWS[family](Theirs(self._things, owner, author))
        if situation == "shared":
            self._things.grant(*row.shared, self._person, "manage")
        return str(row.id)


def _type(answer: httpx.Response) -> str:
    if answer.status_code < 400:
        return ""
    answer.read()
    return str(answer.json()["type"])


def _person(people: People, column: str) -> Person:
    return people(*(() if column == NO_ROLE else (column,)))


def test_s33_every_route_with_an_id_is_tried() -> None:
    families = {family for family, _ in with_ids()}
    assert families == {*ROWS, *PERSONAL, *EVERYBODYS, *WITNESSED} - {"settings"}


def test_s33_s36_a_row_is_reached_by_whom_the_matrix_says_and_is_not_there_for_others(
    app: FastAPI, people: People, things: Things, subtests: pytest.Subtests
) -> None:
    stranger, examples = people("super_admin"), Examples(app)
    for column in LOGGED_IN:
        with subtests.test(column):
            asking = Asking(examples, things, _person(people, column), stranger)
            assert list(_wrong(asking, column)) == []


def _wrong(asking: Asking, column: str) -> Iterator[str]:
    for family, cells in of_things():
        cell = cells.by_column[column]
        for situation in SITUATIONS:
            status, kind = asking.status(family, cells, situation)
            reached = status not in (401, 403) and kind not in HIDDEN
            is_seen = situation in REACHED[SEEN[family][column]]
            told = status == 403 and not is_seen and cell != NO
            if reached != (situation in _reached(cells, cell)) or told:
                yield f"{cells.method} {cells.path} ({cell}), {situation}: {status} {kind}"


def _reached(cells: Cells, cell: str) -> set[str]:
    """A grant makes nobody an owner, and with a query its data source is not shared."""
    if cells.path.endswith(("/owner", "/saved-queries/{id}/run")) and cell != YES:
        return REACHED[cell] - {"shared"}
    return REACHED[cell]


def test_s33_what_is_one_persons_is_not_there_for_anybody_else(
    app: FastAPI, people: People, things: Things, subtests: pytest.Subtests
) -> None:
    stranger, examples = people("super_admin"), Examples(app)
    for column in LOGGED_IN:
        person = _person(people, column)
        asking = Asking(examples, things, person, stranger)
        for family, cells in with_ids():
            if family in PERSONAL:
                with subtests.test(f"{cells.method} {cells.path} by {column}"):
                    rows = [str(PERSONAL[family](things, each)) for each in (stranger, person)]
                    theirs, own = (asking.ask(cells, row)[0] for row in rows)
                    assert theirs == 404
                    assert own < 400
