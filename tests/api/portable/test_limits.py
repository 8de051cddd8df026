"""S33, S36, S37: a document does nothing that whoever sends it may not do, and tells nothing of what they may not see."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import httpx
from sqlalchemy import Engine, insert

from dataviz_pipelines.core.models.tables import Role
from tests.api.dashboards.boards import (
    API,
    BOARDS,
    VISUALIZATIONS,
    add,
    board,
    chart,
    grant,
    made,
    pointers,
    source,
)
from tests.api.people import People
from tests.api.portable.documents import (
    CREATED,
    IMPORT,
    exported,
    full_board,
    here,
    items,
    outcomes,
    sent,
    taken,
)


def test_s33_what_the_caller_cannot_see_is_neither_touched_nor_told_of(
    people: People, app_engine: Engine
) -> None:
    owner, other = people("editor"), people("editor")
    dashboard_id = full_board(owner, app_engine)
    document = exported(owner, dashboard_id)
    grant(app_engine, other, "data_source", document["data_sources"][0]["id"])
    first = taken(other, document)
    assert outcomes(first) == CREATED
    assert not any(item["messages"] for item in first["items"])
    assert here(first) != dashboard_id
    assert exported(owner, dashboard_id) == document
    copy = exported(other, here(first))
    (shown,) = (each for each in copy["components"] if each["visualization_id"])
    assert shown["visualization_id"] == copy["visualizations"][0]["id"]
    assert (
        copy["visualizations"][0]["query_config"]["saved_query_id"]
        == (copy["saved_queries"][0]["id"])
    )
    assert copy["dashboard"]["mobile_layout"]["items"][0]["component_id"] == shown["id"]
    assert (copy["theme"]["name"], copy["charts"][0]["name"]) == ("Paper (2)", "Dial (2)")
    again = taken(other, document)
    assert here(again) == here(first)
    assert {outcome for each in outcomes(again).values() for outcome in each} == {
        "unchanged",
        "kept",
    }


def test_f75_what_may_be_seen_but_not_changed_stays(people: People, app_engine: Engine) -> None:
    owner, reader = people("editor"), people("editor")
    dashboard_id = full_board(owner, app_engine)
    document = exported(owner, dashboard_id)
    grant(app_engine, reader, "dashboard", dashboard_id)
    for kind, section in (("visualization", "visualizations"), ("saved_query", "saved_queries")):
        grant(app_engine, reader, kind, document[section][0]["id"])
    grant(app_engine, reader, "data_source", document["data_sources"][0]["id"])
    grant(app_engine, reader, "chart", document["charts"][0]["id"])
    changed = {**document, "components": document["components"][:1]}
    changed["dashboard"] = {**document["dashboard"], "name": "Mine"}
    changed["visualizations"] = [{**document["visualizations"][0], "name": "Mine"}]
    report = taken(reader, changed)
    kept = {"dashboard": ["kept"], "visualization": ["kept"], "saved_query": ["unchanged"]}
    assert kept.items() <= outcomes(report).items()
    assert items(report, "dashboard")[0]["changes"] == ["name", "theme_id", "components"]
    assert exported(owner, dashboard_id) == document


def test_f75_all_that_is_wrong_is_told_with_its_place_and_nothing_is_written(
    people: People,
) -> None:
    editor = people("editor")
    dashboard = board(editor)
    for x in (0, 4):
        made(add(editor, dashboard, x, 0, 4, 4))
    made(add(editor, dashboard, 0, 8, 4, 4, visualization_id=chart(editor)["id"]))
    document = exported(editor, dashboard["id"])
    document["visualizations"][0]["visualization_type"] = "unheard of"
    document["components"][1]["position_x"] = 2
    document["dashboard"]["name"] = "Other"
    answer = sent(editor, document)
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:dataviz:InvalidDocument")
    assert pointers(answer) == [
        "/document/visualizations/0/visualization_type",
        "/document/components/1",
    ]
    assert made(editor.http.get(f"{BOARDS}/{dashboard['id']}"))["name"] == "Sales"
    told = outcomes(taken(editor, document, dry_run=True))
    assert (told["visualization"], told["dashboard"]) == (["refused"], ["refused"])


def test_f75_an_id_stands_for_one_row(people: People) -> None:
    editor = people("editor")
    dashboard = board(editor)
    made(add(editor, dashboard, 0, 0, 4, 4))
    document = exported(editor, dashboard["id"])
    document["components"] *= 2
    assert pointers(sent(editor, document)) == ["/document/components/1/id"]


def test_s37_a_document_publishes_nothing_and_gives_nothing_away(people: People) -> None:
    editor = people("editor")
    document = exported(editor, board(editor)["id"])
    for field, value in (("is_public", True), ("created_by", str(editor.id)), ("view_count", 9)):
        changed = {**document, "dashboard": {**document["dashboard"], field: value}}
        assert pointers(sent(editor, changed)) == [f"/document/dashboard/{field}"]
    assert pointers(sent(editor, {**document, "format": "other"})) == ["/document/format"]


def test_s36_each_part_takes_its_own_permission(people: People, app_engine: Engine) -> None:
    editor, viewer, stranger = people("editor"), people("viewer"), people("editor")
    dashboard_id = full_board(editor, app_engine)
    document = exported(editor, dashboard_id)
    assert sent(viewer, document).status_code == 403
    assert stranger.http.get(f"{BOARDS}/{dashboard_id}/export").status_code == 404


def test_s33_who_takes_the_id_of_what_was_deleted_does_not_come_by_its_history(
    people: People,
) -> None:
    owner, other = people("editor"), people("editor")
    dashboard = board(owner, "Secret")
    document = exported(owner, dashboard["id"])
    document["dashboard"]["name"] = "Mine"
    owner.http.delete(f"{BOARDS}/{dashboard['id']}")
    found = here(taken(other, document))
    assert found != dashboard["id"]
    versions = made(other.http.get(f"{BOARDS}/{found}/versions"))["items"]
    assert [each["version"] for each in versions] == [1]
    assert here(taken(owner, document)) == dashboard["id"]


def test_s36_what_is_made_takes_the_permission_to_make_it(
    people: People, other_people: People, app_engine: Engine, other_engine: Engine
) -> None:
    author = people("editor")
    document = exported(author, full_board(author, app_engine))
    held = ["dashboards:view", "dashboards:create", "data_sources:view", "themes:create"]
    with other_engine.begin() as connection:
        connection.execute(insert(Role).values(name="arranger", permissions=held))
    arranger = other_people("arranger")
    shop = UUID(document["data_sources"][0]["id"])
    source(other_engine, "Shop", id=shop, created_by=arranger.id)
    refused = sent(arranger, document)
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:dataviz:PermissionDenied")
    told = taken(arranger, document, dry_run=True)
    assert outcomes(told)["chart"] == ["refused"]
    assert "charts:create" in items(told, "chart")[0]["messages"][0]
    assert outcomes(told)["theme"] == ["created"]
    assert made(arranger.http.get(BOARDS))["items"] == []


def test_s36_an_api_key_takes_in_no_more_than_its_scopes_allow(people: People) -> None:
    editor = people("editor")
    item = chart(editor)
    dashboard = board(editor)
    made(add(editor, dashboard, 0, 0, 4, 4, visualization_id=item["id"]))
    document = exported(editor, dashboard["id"])
    document["dashboard"]["name"] = document["visualizations"][0]["name"] = "Other"
    scopes = [
        *("dashboards:view", "dashboards:create", "dashboards:edit"),
        *("visualizations:view", "charts:view"),
    ]
    key = made(editor.post(f"{API}/api-keys", {"name": "Mover", "scopes": scopes}))["key"]
    headers = {"Authorization": f"Bearer {key}"}
    with httpx.Client(base_url=editor.http.base_url, headers=headers, timeout=30) as program:
        report = made(program.post(IMPORT, json={"document": document}))
    assert (outcomes(report)["dashboard"], outcomes(report)["visualization"]) == (
        ["updated"],
        ["kept"],
    )
    assert made(editor.http.get(f"{VISUALIZATIONS}/{item['id']}"))["name"] == "By month"


def test_s33_what_a_document_names_and_its_sender_cannot_see_is_not_shown_by_taking_it_in(
    people: People,
) -> None:
    owner, other = people("editor"), people("editor")
    secret = chart(owner, "Secret")
    mine = board(other)
    made(add(other, mine, 0, 0, 4, 4))
    document = exported(other, mine["id"])
    document["components"][0]["visualization_id"] = secret["id"]
    missing = {**document, "components": [{**document["components"][0]}]}
    missing["components"][0]["visualization_id"] = str(uuid4())
    hidden, unknown = (taken(other, each) for each in (document, missing))
    for report, named in ((hidden, secret["id"]), (unknown, _shown(missing))):
        (said,) = items(report, "dashboard")[0]["messages"]
        assert said.replace(named, "X") == (
            "The visualization X was left out: it is neither in the document nor here."
        )
    assert exported(other, mine["id"])["components"][0]["visualization_id"] is None


def _shown(document: dict[str, list[dict[str, str]]]) -> str:
    return document["components"][0]["visualization_id"]


def test_f75_who_may_edit_a_dashboard_keeps_what_only_others_see_where_it_is(
    people: People, app_engine: Engine
) -> None:
    """A document of what one sees in part changes nothing of what one does not see."""
    owner, writer = people("editor"), people("editor")
    dashboard_id = full_board(owner, app_engine)
    grant(app_engine, writer, "dashboard", dashboard_id, "edit")
    before = exported(owner, dashboard_id)
    seen = exported(writer, dashboard_id)
    assert (seen["visualizations"], seen["theme"], seen["data_sources"]) == ([], None, [])
    report = taken(writer, seen)
    assert {each for kind in outcomes(report).values() for each in kind} == {"unchanged"}
    seen["dashboard"]["name"] = "Renamed"
    assert outcomes(taken(writer, seen))["dashboard"] == ["updated"]
    before["dashboard"]["name"] = "Renamed"
    assert exported(owner, dashboard_id) == before


def test_f75_ids_of_components_stay_with_the_dashboard_that_has_them(people: People) -> None:
    editor = people("editor")
    one, other = board(editor, "One"), board(editor, "Other")
    made(add(editor, one, 0, 0, 4, 4))
    document, empty = exported(editor, one["id"]), exported(editor, other["id"])
    report = taken(editor, {**empty, "components": document["components"]})
    assert outcomes(report)["component"] == ["created"]
    (component,) = exported(editor, other["id"])["components"]
    assert component["id"] != document["components"][0]["id"]
    assert exported(editor, one["id"]) == document


def test_f75_of_two_that_take_the_same_in_at_once_none_is_half_done(
    people: People, other_people: People, app_engine: Engine, other_engine: Engine
) -> None:
    author, editor = people("editor"), other_people("editor")
    document = exported(author, full_board(author, app_engine))
    shop = UUID(document["data_sources"][0]["id"])
    source(other_engine, "Shop", id=shop, created_by=editor.id)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: sent(editor, document), range(4)))
    assert {answer.status_code for answer in answers} <= {200, 422}
    assert 200 in {answer.status_code for answer in answers}
    assert exported(editor, here(taken(editor, document))) == document
