"""S34: lists, counts, searches and includes hold what the rules say and nothing else, whoever owns and shares what."""

from typing import Any, Final
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from sqlalchemy import Engine, delete

from dataviz_pipelines.core.models import tables
from tests.api.access.things import PATHS, PREFIX, Things
from tests.api.access.world import PEOPLE, PLURALS, Thing, World, worlds
from tests.api.people import People, Person

MADE: Final = (
    tables.ResourcePermission,
    tables.Bookmark,
    tables.Dashboard,
    tables.Visualization,
    tables.SavedQuery,
    tables.DataSource,
    tables.UserRole,
)


class Staged:
    """A world, in the database, and what those who live in it are answered."""

    def __init__(self, engine: Engine, world: World, people: list[Person]) -> None:
        self.world = world
        self._people = people
        self._things = Things(engine)
        self._clear(engine)
        self.ids: list[UUID] = []
        for thing in world.things:
            self.ids.append(self._make(thing))
        self.grants = {self._share(grant): grant for grant in world.grants}
        for person, roles in zip(people, world.roles, strict=True):
            for role in roles:
                self._things.give(person, self._things.role(role))

    def check(self, number: int) -> None:
        person = self._people[number]
        for kind in PLURALS:
            self._check_list(person, number, kind)
        for index, thing in enumerate(self.world.things):
            self._check_row(person, number, index, thing)
        shown = _ids(_page(person, "grants"))
        assert shown == {
            str(grant_id)
            for grant_id, grant in self.grants.items()
            if self.world.may_share(number, grant.thing)
        }

    def _check_list(self, person: Person, number: int, kind: str) -> None:
        """Themes of the platform's own are there as well."""
        expected = {
            str(self.ids[index])
            for index, thing in enumerate(self.world.things)
            if thing.kind == kind and self.world.may(number, "view", index)
        }
        page = _page(person, PATHS[kind])
        made = {str(each) for each in self.ids}
        assert _ids(page) & made == expected
        assert page["total"] == len(page["items"])
        assert kind == "theme" or _ids(page) <= made

    def _check_row(self, person: Person, number: int, index: int, thing: Thing) -> None:
        is_seen, is_edited = (self.world.may(number, each, index) for each in ("view", "edit"))
        path = f"{PREFIX}/{PATHS[thing.kind]}/{self.ids[index]}"
        assert person.http.get(path).status_code == (200 if is_seen else 404)
        changed = person.http.patch(path, json={}).status_code
        assert changed == (404 if not is_seen else 200 if is_edited else 403)
        found = _page(person, PATHS[thing.kind], q=f"{thing.kind} of {index}")
        assert _ids(found) == ({str(self.ids[index])} if is_seen else set())
        assert found["total"] == len(found["items"])
        if thing.kind in ("saved_query", "visualization") and is_seen:
            row = person.http.get(path, params={"include": "data_source"}).json()
            assert (row["data_source"] is not None) == self.world.may(number, "view", thing.on)
        marked = {"resource_type": thing.kind, "resource_id": str(self.ids[index])}
        bookmark = person.post(f"{PREFIX}/bookmarks", {**marked, "bookmark_name": "Mine"})
        assert bookmark.status_code == (201 if is_seen else 422)

    def _make(self, thing: Thing) -> UUID:
        values: dict[str, Any] = {"name": f"{thing.kind} of {len(self.ids)}"}
        if thing.kind in ("saved_query", "visualization"):
            values["data_source_id"] = self.ids[thing.on]
        if thing.is_public:
            values["is_public"] = True
        owner = None if thing.owner is None else self._people[thing.owner]
        return self._things.make(thing.kind, owner, **values)

    def _share(self, grant: Any) -> UUID:
        principal = grant.principal
        return self._things.grant(
            self.world.things[grant.thing].kind,
            self.ids[grant.thing],
            self._things.role(principal) if isinstance(principal, str) else self._people[principal],
            grant.level,
            lasts="-1 second" if grant.has_expired else "1 hour",
        )

    def _clear(self, engine: Engine) -> None:
        living = [person.id for person in self._people]
        with engine.begin() as connection:
            for model in MADE:
                connection.execute(delete(model))
            connection.execute(delete(tables.Theme).where(tables.Theme.name.like("theme of %")))
            connection.execute(delete(tables.UserRole).where(tables.UserRole.user_id.in_(living)))


def _page(person: Person, path: str, **asked: str) -> dict[str, Any]:
    parameters = {"count": "true", "limit": "200", **asked}
    answer = person.http.get(f"{PREFIX}/{path}", params=parameters)
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.json()
    return page


def _ids(page: dict[str, Any]) -> set[str]:
    return {each["id"] for each in page["items"]}


@pytest.fixture
def living(people: People) -> list[Person]:
    return [people() for _ in range(PEOPLE)]


@settings(
    max_examples=40,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(world=worlds())
def test_s34_s35_everybody_sees_and_changes_just_what_the_rules_say(
    app_engine: Engine, living: list[Person], world: World
) -> None:
    staged = Staged(app_engine, world, living)
    for number in range(PEOPLE):
        staged.check(number)
