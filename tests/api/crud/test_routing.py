"""The short ways lead where the long ones do."""

import pytest
from fastapi import FastAPI
from starlette.routing import Match

from api.matrix import route_accesses
from api.resources import RESOURCES
from api.routing import RouteIndex
from tests.api.crud.samples import PREFIX, Samples
from tests.api.people import Person

NO_UUID = "00000000-0000-4000-8000-000000000000"


def _index(app: FastAPI) -> RouteIndex:
    (found,) = [each for each in app.router.routes if isinstance(each, RouteIndex)]
    return found


def test_every_route_of_the_api_is_found_in_the_index(app: FastAPI) -> None:
    index = _index(app)
    for each in route_accesses(app):
        if each.path.startswith("/api/") and each.method != "WEBSOCKET":
            path = each.path.replace("{", "").replace("}", "")
            scope = {"type": "http", "method": each.method, "path": path, "query_string": b""}
            shown = path if "id" not in path else path.replace("/id", f"/{NO_UUID}")
            assert index.matches({**scope, "path": shown})[0] is Match.FULL, each


def test_a_wrong_method_is_still_told_which_ones_there_are(admin: Person) -> None:
    answer = admin.http.put(f"{PREFIX}/dashboards")
    assert answer.status_code == 405
    assert "Allow" in answer.headers


def test_a_list_is_the_same_with_and_without_a_query(
    admin: Person, samples: Samples, subtests: pytest.Subtests
) -> None:
    for resource in RESOURCES:
        with subtests.test(resource.path):
            samples.row(resource.path)
            path = f"{PREFIX}/{resource.path}"
            plain, asked = admin.http.get(path), admin.http.get(path, params={"limit": 50})
            assert plain.json()["items"]
            assert plain.content == asked.content
            assert plain.headers.keys() == asked.headers.keys()


def test_a_plain_read_knows_what_the_caller_has(admin: Person, samples: Samples) -> None:
    path = f"{PREFIX}/dashboards/{samples.row('dashboards')}"
    first = admin.http.get(path)
    again = admin.http.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("row_id", "status"), [(NO_UUID, 404), ("me", 422), ("dashboards", 422), ("", 307)]
)
def test_a_plain_read_of_nothing_is_a_problem(admin: Person, row_id: str, status: int) -> None:
    answer = admin.http.get(f"{PREFIX}/dashboards/{row_id}", follow_redirects=False)
    assert answer.status_code == status
