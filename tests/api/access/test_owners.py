"""Giving away what one owns."""

from uuid import uuid4

import pytest

from dataviz_pipelines.core.models.tables import FILE_DROPS_JOB_ID
from tests.api.access.things import PATHS, PREFIX, Things
from tests.api.people import People, Person


def owner_path(kind: str, thing: object) -> str:
    return f"{PREFIX}/{PATHS[kind]}/{thing}/owner"


def to(person: Person) -> dict[str, str]:
    return {"owner_id": str(person.id)}


def test_an_owner_gives_away_and_has_it_no_more(people: People, things: Things) -> None:
    one, other = people("editor"), people("editor")
    board = things.make("dashboard", one)
    path = f"{PREFIX}/dashboards/{board}"
    etag = one.http.get(path).headers["etag"]
    stale = one.http.put(f"{path}/owner", json=to(other), headers={"If-Match": '"0"'})
    assert stale.status_code == 412
    given = one.http.put(f"{path}/owner", json=to(other), headers={"If-Match": etag})
    assert (given.status_code, given.json()["created_by"]) == (200, str(other.id))
    assert one.http.get(path).status_code == 404
    assert other.http.delete(path).status_code == 204


@pytest.mark.parametrize("kind", PATHS)
def test_who_manages_everything_of_a_kind_gives_it_to_whom_they_say(
    people: People, things: Things, kind: str
) -> None:
    admin, owner = people("admin"), people("editor")
    thing = things.make(kind, owner)
    given = admin.http.put(owner_path(kind, thing), json=to(admin))
    assert (given.status_code, given.json()["created_by"]) == (200, str(admin.id))


def test_a_grant_does_not_make_an_owner(people: People, things: Things) -> None:
    owner, manager, viewer = people("editor"), people("editor"), people("viewer")
    board = things.make("dashboard", owner)
    for person, level in ((manager, "manage"), (viewer, "view")):
        things.grant("dashboard", board, person, level)
        answer = person.http.put(owner_path("dashboard", board), json=to(person))
        assert answer.status_code == 403
    stranger = people("editor")
    answer = stranger.http.put(owner_path("dashboard", board), json=to(stranger))
    assert answer.status_code == 404


def test_nobody_owns_who_is_not_there(people: People, things: Things) -> None:
    owner, gone = people("editor"), people("editor")
    things.disable(gone)
    board = things.make("dashboard", owner)
    for body in (to(gone), {"owner_id": str(uuid4())}):
        answer = owner.http.put(owner_path("dashboard", board), json=body)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == "/owner_id"


def test_what_is_the_platforms_own_stays_so(people: People) -> None:
    admin = people("super_admin")
    path = owner_path("scheduler_job", FILE_DROPS_JOB_ID)
    assert admin.http.put(path, json=to(admin)).status_code == 403
