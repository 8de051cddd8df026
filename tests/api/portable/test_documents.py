"""F75: a dashboard leaves as one document and arrives as what it was."""

from typing import Any
from uuid import UUID

from sqlalchemy import Engine, func, select

from dataviz_pipelines.core.models.tables import AuditLog, Dashboard, Visualization
from tests.api.dashboards.boards import (
    BOARDS,
    COMPONENTS,
    THEMES,
    VISUALIZATIONS,
    add,
    board,
    chart,
    made,
    pointers,
    source,
)
from tests.api.people import People
from tests.api.portable.documents import (
    CREATED,
    exported,
    full_board,
    here,
    items,
    outcomes,
    sent,
    taken,
)


def _count(engine: Engine, table: Any) -> int:
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def test_f75_a_document_holds_all_that_a_dashboard_needs_and_no_secret(
    people: People, app_engine: Engine
) -> None:
    editor = people("editor")
    answer = editor.http.get(f"{BOARDS}/{full_board(editor, app_engine)}/export")
    document = made(answer)
    assert (document["format"], document["format_version"]) == ("dataviz-dashboard", 1)
    assert [each["name"] for each in document["visualizations"]] == ["By month"]
    assert [each["query_text"] for each in document["saved_queries"]] == ["SELECT 1"]
    assert [each["name"] for each in document["charts"]] == ["Dial"]
    assert (document["theme"]["name"], len(document["components"])) == ("Paper", 2)
    (shop,) = document["data_sources"]
    assert set(shop) == {"id", "name", "connection_type"}
    for secret in ("connection_config", "c2VjcmV0", "created_by", "is_public", "view_count"):
        assert secret not in answer.text


def test_f75_taken_in_elsewhere_and_exported_again_it_is_the_same_document(
    people: People, other_people: People, app_engine: Engine, other_engine: Engine
) -> None:
    author, editor = people("editor"), other_people("editor")
    dashboard_id = full_board(author, app_engine)
    document = exported(author, dashboard_id)
    (shop,) = document["data_sources"]
    source(other_engine, "Shop", id=UUID(shop["id"]), created_by=editor.id)
    report = taken(editor, document)
    assert outcomes(report) == CREATED
    assert here(report) == dashboard_id
    assert exported(editor, dashboard_id) == document
    assert made(editor.http.get(f"{BOARDS}/{dashboard_id}"))["created_by"] == str(editor.id)


def test_f75_a_second_time_nothing_changes(people: People, app_engine: Engine) -> None:
    editor = people("editor")
    dashboard_id = full_board(editor, app_engine)
    path = f"{BOARDS}/{dashboard_id}"
    document, etag = exported(editor, dashboard_id), editor.http.get(path).headers["etag"]
    changes = _count(app_engine, AuditLog)
    report = taken(editor, document)
    found = {outcome for each in outcomes(report).values() for outcome in each}
    assert found == {"unchanged", "kept"}
    assert editor.http.get(path).headers["etag"] == etag
    assert _count(app_engine, AuditLog) == changes


def test_f75_what_differs_becomes_what_the_document_has(people: People, app_engine: Engine) -> None:
    editor = people("editor")
    dashboard_id = full_board(editor, app_engine)
    document = exported(editor, dashboard_id)
    gone, moved = document["components"]
    (item,) = document["visualizations"]
    editor.http.delete(f"{COMPONENTS}/{gone['id']}")
    made(editor.http.patch(f"{COMPONENTS}/{moved['id']}", json={"position_y": 8}))
    later = made(add(editor, {"id": dashboard_id}, 0, 20, 2, 2))
    made(editor.http.patch(f"{VISUALIZATIONS}/{item['id']}", json={"chart_config": {}}))
    made(editor.http.patch(f"{BOARDS}/{dashboard_id}", json={"name": "Other"}))
    report = taken(editor, document)
    assert outcomes(report) == {
        "data_source": ["kept"],
        "chart": ["unchanged"],
        "theme": ["unchanged"],
        "saved_query": ["unchanged"],
        "visualization": ["updated"],
        "dashboard": ["updated"],
        "component": ["created", "updated", "deleted"],
    }
    (shown,) = items(report, "dashboard")
    assert shown["changes"] == ["name", "components"]
    assert [each["id"] for each in items(report, "component")] == [
        gone["id"],
        moved["id"],
        later["id"],
    ]
    assert exported(editor, dashboard_id) == document


def test_f75_a_dry_run_tells_what_would_happen_and_changes_nothing(
    people: People, other_people: People, app_engine: Engine, other_engine: Engine
) -> None:
    author, editor = people("editor"), other_people("editor")
    document = exported(author, full_board(author, app_engine))
    shop = str(source(other_engine, "Store", created_by=editor.id))
    mapping = {document["data_sources"][0]["id"]: shop}
    before = _count(other_engine, AuditLog)
    told = taken(editor, document, sources=mapping, dry_run=True)
    assert told["dry_run"] is True
    assert outcomes(told) == CREATED
    assert (_count(other_engine, Dashboard), _count(other_engine, AuditLog)) == (0, before)
    done = taken(editor, document, sources=mapping)
    assert done == {**told, "dry_run": False}


def test_f75_a_narrower_grid_comes_with_its_components(people: People) -> None:
    editor = people("editor")
    dashboard = board(editor, layout_config={"columns": 12})
    component = made(add(editor, dashboard, 0, 0, 4, 4))
    document = exported(editor, dashboard["id"])
    made(editor.http.patch(f"{BOARDS}/{dashboard['id']}", json={"layout_config": {"columns": 24}}))
    made(editor.http.patch(f"{COMPONENTS}/{component['id']}", json={"position_x": 20}))
    taken(editor, document)
    assert exported(editor, dashboard["id"]) == document


def test_f75_a_data_source_is_found_by_id_by_name_or_as_the_caller_says(
    people: People, other_people: People, app_engine: Engine, other_engine: Engine
) -> None:
    author, editor = people("editor"), other_people("editor")
    document = exported(author, full_board(author, app_engine))
    (shop,) = document["data_sources"]
    refused = sent(editor, document)
    assert set(pointers(refused)) == {
        "/document/saved_queries/0/data_source_id",
        "/document/visualizations/0/data_source_id",
    }
    told = taken(editor, document, dry_run=True)
    assert outcomes(told)["data_source"] == ["missing"]
    assert outcomes(told)["visualization"] == ["refused"]
    hidden = str(source(other_engine, "Hidden"))
    assert pointers(sent(editor, document, sources={shop["id"]: hidden})) == [
        f"/data_sources/{shop['id']}"
    ]
    source(other_engine, "Shop", connection_type="mysql", created_by=editor.id)
    assert outcomes(taken(editor, document, dry_run=True))["data_source"] == ["missing"]
    named = str(source(other_engine, "Store", created_by=editor.id))
    document["data_sources"][0]["name"] = "Store"
    report = taken(editor, document)
    assert items(report, "data_source")[0]["imported_as"] == named
    assert {each["data_source_id"] for each in exported(editor, here(report))["saved_queries"]} == {
        named
    }


def test_f75_a_theme_of_the_same_name_is_taken_instead(
    people: People, other_people: People, app_engine: Engine, other_engine: Engine
) -> None:
    author, editor = people("editor"), other_people("editor")
    document = exported(author, full_board(author, app_engine))
    source(other_engine, "Shop", created_by=editor.id)
    paper = made(editor.post(THEMES, {"name": "Paper"}))
    report = taken(editor, document)
    (item,) = items(report, "theme")
    assert (item["outcome"], item["imported_as"]) == ("kept", paper["id"])
    assert made(editor.http.get(f"{BOARDS}/{here(report)}"))["theme_id"] == paper["id"]
    assert made(editor.http.get(f"{THEMES}/{paper['id']}"))["color_palette"] == []


def test_f75_what_is_neither_in_the_document_nor_here_is_left_out_and_said(
    people: People, other_people: People
) -> None:
    author, editor = people("editor"), other_people("editor")
    item = chart(author)
    dashboard = board(author)
    shown = {"component_type": "visualization", "visualization_id": item["id"]}
    made(add(author, dashboard, 0, 0, 4, 4, **shown))
    document = {**exported(author, dashboard["id"]), "visualizations": []}
    report = taken(editor, document)
    (said,) = items(report, "dashboard")[0]["messages"]
    assert said.startswith(f"The visualization {item['id']} was left out")
    (component,) = exported(editor, dashboard["id"])["components"]
    assert component["visualization_id"] is None


def test_f75_a_repeated_import_is_done_once(people: People, other_people: People) -> None:
    author, editor = people("editor"), other_people("editor")
    document = exported(author, board(author)["id"])
    key = {"Idempotency-Key": "a"}
    first, second = sent(editor, document, **key), sent(editor, document, **key)
    assert first.json() == second.json()
    assert outcomes(second.json())["dashboard"] == ["created"]
    assert "idempotent-replay" in second.headers


def test_f75_an_imported_row_is_audited_and_versioned(
    people: People, other_people: People, other_engine: Engine
) -> None:
    author, editor = people("editor"), other_people("editor")
    item = chart(author)
    dashboard = board(author)
    shown = {"component_type": "visualization", "visualization_id": item["id"]}
    made(add(author, dashboard, 0, 0, 4, 4, **shown))
    taken(editor, exported(author, dashboard["id"]))
    with other_engine.connect() as connection:
        noted = connection.execute(
            select(AuditLog.resource_type, AuditLog.user_id).where(AuditLog.action_type == "create")
        ).all()
    assert {
        (kind, editor.id) for kind in ("dashboards", "dashboard_components", "visualizations")
    } <= {tuple(row) for row in noted}
    assert _count(other_engine, Visualization) == 1
    assert made(editor.http.get(f"{BOARDS}/{dashboard['id']}/versions"))["items"]
