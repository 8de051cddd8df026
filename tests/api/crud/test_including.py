"""What `include` shows within rows, and what it does not."""

import pytest
from sqlalchemy import Engine, delete, insert

from api.resources import RESOURCES
from dataviz_pipelines.core.crud import including
from dataviz_pipelines.core.models.tables import ResourcePermission
from tests.api.crud.samples import PREFIX, Samples
from tests.api.people import People, Person


@pytest.fixture
def stranger(people: People) -> Person:
    return people("viewer")


def _grant(engine: Engine, person: Person, resource_type: str, resource_id: object) -> None:
    with engine.begin() as connection:
        connection.execute(
            insert(ResourcePermission).values(
                resource_type=resource_type,
                resource_id=resource_id,
                principal_type="user",
                principal_id=person.id,
                permission_type="view",
            )
        )


def test_everything_that_can_be_included_is_there_in_lists_and_single_rows(
    admin: Person, samples: Samples, subtests: pytest.Subtests
) -> None:
    for resource in RESOURCES:
        for name in resource.collection.includes:
            with subtests.test(f"{resource.path} with {name}"):
                row_id = str(samples.row(resource.path))
                path = f"{PREFIX}/{resource.path}"
                row = admin.http.get(f"{path}/{row_id}", params={"include": name}).json()
                page = admin.http.get(path, params={"include": name}).json()
                (listed,) = [item for item in page["items"] if item["id"] == row_id]
                assert listed == row
                assert row[name] is not None
                resource.read.model_validate(row)


def test_a_dashboard_comes_with_its_components_oldest_first(
    admin: Person, samples: Samples
) -> None:
    one, other = (samples.row("dashboard-components") for _ in range(2))
    path = f"{PREFIX}/dashboard-components/{one}"
    dashboard_id = admin.http.get(path).json()["dashboard_id"]
    second = samples.body("dashboard-components") | {"dashboard_id": dashboard_id, "position_y": 9}
    second_id = admin.post(f"{PREFIX}/dashboard-components", second).json()["id"]
    asked = {"include": "components,owner"}
    row = admin.http.get(f"{PREFIX}/dashboards/{dashboard_id}", params=asked).json()
    assert [each["id"] for each in row["components"]] == [str(one), second_id]
    assert str(other) not in str(row)
    assert row["owner"] == {
        "id": str(admin.id),
        "first_name": None,
        "last_name": None,
        "avatar_url": None,
    }


def test_s34_what_the_caller_may_not_see_is_null_within_what_they_may(
    admin: Person, stranger: Person, samples: Samples, app_engine: Engine
) -> None:
    component_id = samples.row("dashboard-components")
    component = admin.http.get(f"{PREFIX}/dashboard-components/{component_id}").json()
    _grant(app_engine, stranger, "dashboard", component["dashboard_id"])
    path = f"{PREFIX}/dashboards/{component['dashboard_id']}"
    dashboard = stranger.http.get(path, params={"include": "theme,components"}).json()
    assert dashboard["theme_id"] is not None
    assert dashboard["theme"] is None
    assert [each["id"] for each in dashboard["components"]] == [str(component_id)]
    path = f"{PREFIX}/dashboard-components/{component_id}"
    shown = stranger.http.get(path, params={"include": "visualization"}).json()
    assert shown["visualization"] is None
    _grant(app_engine, stranger, "visualization", component["visualization_id"])
    shown = stranger.http.get(path, params={"include": "visualization"}).json()
    assert shown["visualization"]["id"] == component["visualization_id"]


def test_a_bookmark_of_what_became_invisible_stays_and_shows_no_name(
    admin: Person, stranger: Person, samples: Samples, app_engine: Engine
) -> None:
    dashboard_id = str(samples.row("dashboards"))
    body = {"resource_type": "dashboard", "resource_id": dashboard_id, "bookmark_name": "Mine"}
    refused = stranger.post(f"{PREFIX}/bookmarks", body)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/resource_id")
    _grant(app_engine, stranger, "dashboard", dashboard_id)
    path = stranger.post(f"{PREFIX}/bookmarks", body).headers["location"]
    asked = {"include": "resource"}
    name = admin.http.get(f"{PREFIX}/dashboards/{dashboard_id}").json()["name"]
    assert stranger.http.get(path, params=asked).json()["resource"] == {"name": name}
    with app_engine.begin() as connection:
        connection.execute(delete(ResourcePermission))
    bookmark = stranger.http.get(path, params=asked).json()
    assert (bookmark["bookmark_name"], bookmark["resource"]) == ("Mine", None)


def test_an_answer_that_would_hold_too_much_says_so(
    admin: Person, samples: Samples, monkeypatch: pytest.MonkeyPatch
) -> None:
    samples.row("dashboard-components")
    monkeypatch.setattr(including, "MAX_INCLUDED", 0)
    answer = admin.http.get(f"{PREFIX}/dashboards", params={"include": "components"})
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:dataviz:TooMuchIncluded")
