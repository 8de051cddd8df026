"""F78: themes can be read. F79: chart kinds say how their charts are configured. S61: code stays data."""

import pytest
from sqlalchemy import Engine

from tests.api.dashboards.boards import (
    CHARTS,
    QUERIES,
    THEMES,
    VISUALIZATIONS,
    chart,
    grant,
    made,
    pointers,
    source,
)
from tests.api.people import People

READABLE = {"--background": "#ffffff", "--surface": "#eeeeee", "--text": "#111111"}


def test_f78_a_themes_contrast_is_told_pair_by_pair(people: People) -> None:
    editor = people("editor")
    variables = {**READABLE, "--muted": "#aaaaaa", "--border": "1px solid"}
    body = {"name": "Paper", "css_variables": variables, "color_palette": ["#0000ff", "#ffff00"]}
    theme = made(editor.post(THEMES, body))
    found = made(editor.http.get(f"{THEMES}/{theme['id']}/contrast"))
    assert found["passes"] is False
    failing = {
        (pair["foreground"], pair["background"]) for pair in found["pairs"] if not pair["passes"]
    }
    assert failing == {
        (name, behind)
        for name in ("--muted", "color_palette/1")
        for behind in ("--background", "--surface")
    }
    (text,) = (
        pair
        for pair in found["pairs"]
        if (pair["foreground"], pair["background"]) == ("--text", "--background")
    )
    assert (round(text["ratio"], 2), text["required"]) == (18.88, 4.5)


def test_f78_a_theme_whose_text_cannot_be_read_is_refused(people: People) -> None:
    editor = people("editor")
    body = {"name": "Fog", "css_variables": {**READABLE, "--text": "#cccccc"}}
    answer = editor.post(THEMES, body)
    assert pointers(answer) == ["/css_variables/--text"] * 2
    theme = made(editor.post(THEMES, {"name": "Fog", "css_variables": READABLE}))
    patch = {"css_variables": body["css_variables"]}
    assert editor.http.patch(f"{THEMES}/{theme['id']}", json=patch).status_code == 422


def test_f78_the_seeded_themes_pass(people: People) -> None:
    viewer = people("viewer")
    themes = made(viewer.http.get(THEMES))["items"]
    assert {theme["name"] for theme in themes} == {"Light", "Dark"}
    for theme in themes:
        assert made(viewer.http.get(f"{THEMES}/{theme['id']}/contrast"))["passes"] is True


def test_s33_the_contrast_of_a_private_theme_is_hidden(people: People) -> None:
    theme = made(people("editor").post(THEMES, {"name": "Mine"}))
    assert people("viewer").http.get(f"{THEMES}/{theme['id']}/contrast").status_code == 404


def test_f79_the_usual_chart_kinds_are_there(people: People) -> None:
    charts = made(people("viewer").http.get(CHARTS))["items"]
    assert {item["chart_type"] for item in charts} == {
        *("table", "number", "bar", "line", "area", "pie", "scatter", "heatmap", "histogram")
    }


def test_f79_a_configuration_is_held_to_the_schema_of_its_kind(people: People) -> None:
    editor = people("editor")
    config = {"x": "month", "stacking": "high", "series": [{"column": "a", "color": "red"}]}
    body = {"name": "Sales", "visualization_type": "bar", "chart_config": config}
    answer = editor.post(VISUALIZATIONS, body)
    assert sorted(pointers(answer)) == ["/chart_config/series/0/color", "/chart_config/stacking"]
    good = {"x": "month", "stacking": "normal", "series": [{"column": "a", "color": "#ff0000"}]}
    item = chart(editor, chart_config=good)
    path = f"{VISUALIZATIONS}/{item['id']}"
    assert pointers(editor.http.patch(path, json={"chart_config": {"hole": 0.5}})) == [
        "/chart_config"
    ]
    assert pointers(editor.http.patch(path, json={"visualization_type": "pie"})) == [
        "/chart_config"
    ]
    both = {"visualization_type": "pie", "chart_config": {"hole": 0.5}}
    assert editor.http.patch(path, json=both).status_code == 200


def test_f79_a_kind_that_the_library_does_not_have_is_refused_with_those_it_has(
    people: People,
) -> None:
    body = {"name": "Sales", "visualization_type": "barr"}
    answer = people("editor").post(VISUALIZATIONS, body)
    assert pointers(answer) == ["/visualization_type"]
    assert "area, bar, heatmap" in answer.json()["remedy"]


def test_f79_a_kind_of_ones_own_is_for_oneself_until_it_is_public(people: People) -> None:
    editor, other = people("editor"), people("editor")
    schema = {
        "type": "object",
        "properties": {"needle": {"type": "number"}},
        "required": ["needle"],
    }
    kind = made(
        editor.post(CHARTS, {"name": "Gauge", "chart_type": "gauge", "config_schema": schema})
    )
    body = {"name": "Speed", "visualization_type": "gauge", "chart_config": {"needle": 3}}
    assert editor.post(VISUALIZATIONS, body).status_code == 201
    assert pointers(editor.post(VISUALIZATIONS, {**body, "chart_config": {}})) == ["/chart_config"]
    assert pointers(other.post(VISUALIZATIONS, body)) == ["/visualization_type"]
    made(editor.http.patch(f"{CHARTS}/{kind['id']}", json={"is_public": True}))
    assert other.post(VISUALIZATIONS, body).status_code == 201


def test_f79_to_fit_one_of_several_kinds_of_a_type_is_enough(people: People) -> None:
    editor = people("editor")
    made(editor.post(CHARTS, {"name": "Free bars", "chart_type": "bar", "config_schema": {}}))
    assert chart(editor, chart_config={"anything": 1})["chart_config"] == {"anything": 1}


@pytest.mark.parametrize(
    ("schema", "place"),
    [
        ({"type": "strin"}, "/config_schema/type"),
        ({"$ref": "http://127.0.0.1/secret"}, "/config_schema/$ref"),
        ({"properties": {"a": {"pattern": "(?=a)+"}}}, "/config_schema/properties/a/pattern"),
    ],
)
def test_f79_a_schema_that_cannot_be_used_is_refused(
    people: People, schema: dict[str, object], place: str
) -> None:
    body = {"name": "Odd", "chart_type": "odd", "config_schema": schema}
    assert pointers(people("editor").post(CHARTS, body)) == [place]


def test_f79_a_pattern_that_others_would_hang_at_does_not_hang(people: People) -> None:
    editor = people("editor")
    schema = {"properties": {"a": {"pattern": "^(a+)+$"}}}
    made(editor.post(CHARTS, {"name": "Slow", "chart_type": "slow", "config_schema": schema}))
    body = {
        "name": "Slow",
        "visualization_type": "slow",
        "chart_config": {"a": "a" * 60_000 + "!"},
    }
    assert pointers(editor.post(VISUALIZATIONS, body, timeout=5)) == ["/chart_config/a"]


def test_a_chart_rests_on_a_saved_query_that_its_writer_can_see(
    people: People, app_engine: Engine
) -> None:
    owner, other = people("super_admin"), people("editor")
    query = made(
        owner.post(
            QUERIES,
            {"name": "Q", "query_text": "SELECT 1", "data_source_id": str(source(app_engine))},
        )
    )
    config = {"query_config": {"saved_query_id": query["id"]}}
    body = {"name": "Sales", "visualization_type": "bar", **config}
    assert pointers(other.post(VISUALIZATIONS, body)) == ["/query_config/saved_query_id"]
    item = chart(owner, **config)
    grant(app_engine, other, "visualization", item["id"], "edit")
    changed = other.http.patch(
        f"{VISUALIZATIONS}/{item['id']}", json={"chart_config": {"x": "month"}}
    )
    assert changed.status_code == 200, changed.text


def test_s61_code_is_never_served_as_a_page(people: People) -> None:
    editor = people("editor")
    code = "<html><script>alert(1)</script><svg onload=alert(1)></html>"
    body = {"name": "Evil", "chart_type": "evil", "component_code": code, "css_styles": code}
    created = editor.post(CHARTS, body)
    path = created.headers["location"]
    answers = [
        created,
        editor.http.get(path, headers={"Accept": "text/html"}),
        editor.http.get(CHARTS, headers={"Accept": "text/html"}),
    ]
    for answer in answers:
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.text.startswith("{")
