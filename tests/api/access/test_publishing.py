"""F82: nobody publishes what they may not see."""

from typing import Any, NamedTuple
from uuid import UUID

import httpx
import pytest

from tests.api.access.things import PREFIX, Things
from tests.api.people import People, Person

LINKS = f"{PREFIX}/public-links"


class Scene(NamedTuple):
    publisher: Person
    other: Person
    board: UUID
    things: Things

    @property
    def path(self) -> str:
        return f"{PREFIX}/dashboards/{self.board}"

    def ways(self) -> list[httpx.Response]:
        """All by which the dashboard becomes public."""
        link = {"dashboard_id": str(self.board), "name": "For all"}
        return [
            self.publisher.post(LINKS, link),
            self.publisher.http.patch(self.path, json={"is_public": True}),
        ]


@pytest.fixture
def scene(people: People, things: Things) -> Scene:
    things.show_public_dashboards()
    publisher = people("editor")
    return Scene(publisher, people("editor"), things.make("dashboard", publisher), things)


def statuses(answers: list[httpx.Response]) -> list[int]:
    return [each.status_code for each in answers]


def messages(answer: httpx.Response) -> list[str]:
    assert answer.json()["type"] == "urn:dataviz:NotPublishable"
    return [each["message"] for each in answer.json()["errors"]]


def test_f82_a_dashboard_with_a_visualization_that_is_hidden_from_its_publisher_is_refused(
    scene: Scene,
) -> None:
    hidden = scene.things.make("visualization", scene.other, name="Salaries")
    scene.things.component(scene.board, hidden, component_config={"title": "Costs"})
    for answer in scene.ways():
        assert answer.status_code == 403
        assert messages(answer) == ["Component Costs: you may not see its visualization."]
        assert "Salaries" not in answer.text
    scene.things.grant("visualization", hidden, scene.publisher)
    assert statuses(scene.ways()) == [201, 200]


def test_f82_what_a_visualization_rests_on_counts_as_well(scene: Scene) -> None:
    things = scene.things
    source = things.make("data_source", scene.other, name="Payroll")
    query = things.make("saved_query", scene.other, name="Pay", data_source_id=source)
    shown = things.make(
        "visualization",
        scene.publisher,
        name="Revenue",
        data_source_id=source,
        query_config={"saved_query_id": str(query)},
    )
    component = things.component(scene.board, shown)
    expected = [
        "data source and the saved query and the data source of the saved query",
        "data source and the data source of the saved query",
    ]
    for lacking, kind, thing in zip(expected, ("saved_query", "data_source"), (query, source), strict=True):  # fmt: skip
        for answer in scene.ways():
            text = f"Component {component}: you may not see the {lacking} of the visualization Revenue."
            assert messages(answer) == [text]
            assert {"Payroll", "Pay"}.isdisjoint(answer.text.replace(".", " ").split())
        things.grant(kind, thing, scene.publisher)
    assert statuses(scene.ways()) == [201, 200]


def test_f82_a_refusal_is_in_the_audit(people: People, scene: Scene) -> None:
    hidden = scene.things.make("visualization", scene.other)
    scene.things.component(scene.board, hidden)
    scene.ways()
    asked = {"action_type": "access_denied", "user_id": str(scene.publisher.id)}
    items = people("admin").http.get(f"{PREFIX}/audit-logs", params=asked).json()["items"]
    assert len(items) == 2


def test_publishing_takes_more_than_editing(scene: Scene) -> None:
    scene.things.grant("dashboard", scene.board, scene.other, "edit")
    edit = scene.other.http.patch
    assert edit(scene.path, json={"is_public": True}).status_code == 403
    assert edit(scene.path, json={"is_public": False, "name": "A"}).status_code == 200
    assert scene.publisher.http.patch(scene.path, json={"is_public": True}).status_code == 200
    assert edit(scene.path, json={"is_public": True, "name": "B"}).status_code == 200
    assert edit(scene.path, json={"layout_config": {"columns": 24}}).status_code == 200
    assert edit(scene.path, json={"is_public": False}).status_code == 200
    assert edit(scene.path, json={"is_public": True}).status_code == 403


def test_what_is_created_public_takes_the_permission_to_publish(
    people: People, things: Things
) -> None:
    person = people()
    things.give(person, things.new_role("dashboards:create", "visualizations:create"))
    boards, charts = f"{PREFIX}/dashboards", f"{PREFIX}/visualizations"
    chart = {"name": "Bars", "visualization_type": "bar"}
    assert person.post(boards, {"name": "Mine"}).status_code == 201
    assert person.post(boards, {"name": "Ours", "is_public": True}).status_code == 403
    assert person.post(charts, chart).status_code == 201
    assert person.post(charts, {**chart, "is_public": True}).status_code == 403
    editor = people("editor")
    assert editor.post(boards, {"name": "Ours", "is_public": True}).status_code == 201
    assert editor.post(charts, {**chart, "is_public": True}).status_code == 201


def test_f82_a_visualization_over_a_hidden_source_is_not_published(scene: Scene) -> None:
    source = scene.things.make("data_source", scene.other, name="Payroll")
    shown = scene.things.make(
        "visualization", scene.publisher, name="Revenue", data_source_id=source
    )
    path = f"{PREFIX}/visualizations/{shown}"
    public: dict[str, Any] = {"is_public": True}
    refused = scene.publisher.http.patch(path, json=public)
    text = "You may not see the data source of the visualization Revenue."
    assert (refused.status_code, messages(refused)) == (403, [text])
    away = scene.publisher.http.patch(path, json={**public, "data_source_id": None})
    assert away.status_code == 200


def test_f82_a_new_visualization_over_the_query_of_a_hidden_source_is_not_published(
    scene: Scene,
) -> None:
    source = scene.things.make("data_source", scene.other, name="Payroll")
    query = scene.things.make("saved_query", scene.publisher, data_source_id=source)
    body = {"name": "Revenue", "visualization_type": "bar", "is_public": True}
    body |= {"query_config": {"saved_query_id": str(query)}}
    refused = scene.publisher.post(f"{PREFIX}/visualizations", body)
    assert "the data source of the saved query" in messages(refused)[0]
    private = scene.publisher.post(f"{PREFIX}/visualizations", {**body, "is_public": False})
    assert private.status_code == 201
