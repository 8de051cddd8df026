"""F75: whatever a document holds, it is exported as it was taken in."""

from typing import Any
from uuid import uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.dashboards.boards import Json
from tests.api.people import People
from tests.api.portable.documents import exported, outcomes, taken

TEXT = st.text(
    st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), min_size=1, max_size=20
)
NAME = TEXT.map(lambda text: f"a{text}z")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
LINE = st.lists(st.integers(1, 12), max_size=8)


def _ids(number: int) -> list[str]:
    """New ones each time: a document that was taken in before would be another's."""
    return sorted(str(uuid4()) for _ in range(number))


def _component(row_id: str, y: int, width: int, shown: str | None, title: str | None) -> Json:
    config = {"text": None, "image_url": None, "filter_key": None, "refresh_interval_s": None}
    return {
        "id": row_id,
        "visualization_id": shown,
        "component_type": "text" if shown is None else "visualization",
        "position_x": 0,
        "position_y": y,
        "width": width,
        "height": 1,
        "component_config": {"title": title, **config},
    }


@st.composite
def documents(draw: Any) -> Json:
    """Components one below the other, most of which show something; kinds that take any configuration."""
    shown = _ids(draw(st.integers(0, 4)))
    widths = [*(12 for _ in shown), *draw(LINE)]
    ids = _ids(len(widths))
    kind = draw(NAME)
    components = [
        _component(row_id, y, width, dict(enumerate(shown)).get(y), draw(st.none() | NAME))
        for y, (row_id, width) in enumerate(zip(ids, widths, strict=True))
    ]
    mobile = [{"component_id": each["id"], "height": 3, "hidden": True} for each in components]
    return {
        "format": "dataviz-dashboard",
        "format_version": 1,
        "dashboard": {
            "id": str(uuid4()),
            "name": draw(NAME),
            "description": draw(st.none() | TEXT),
            "layout_config": {
                "columns": 12,
                "row_height_px": 40,
                "gap_px": draw(st.integers(0, 9)),
            },
            "theme_id": None,
            "filters_config": [],
            "mobile_layout": draw(st.none() | st.just({"items": mobile})),
        },
        "components": components,
        "visualizations": [
            {
                "id": row_id,
                "name": draw(NAME),
                "visualization_type": kind,
                "data_source_id": None,
                "query_config": {
                    "saved_query_id": None,
                    "query_text": "SELECT 1",
                    "parameters": {},
                },
                "chart_config": draw(st.dictionaries(TEXT, JSON, max_size=3)),
            }
            for row_id in shown
        ],
        "saved_queries": [],
        "theme": None,
        "charts": [
            {
                "id": str(uuid4()),
                "name": draw(NAME) + str(uuid4()),
                "chart_type": kind,
                "config_schema": {},
                "component_code": draw(st.none() | TEXT),
                "css_styles": None,
                "category": None,
            }
            for _ in shown[:1]
        ],
        "data_sources": [],
    }


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(document=documents())
def test_f75_whatever_is_taken_in_is_exported_as_it_was(people: People, document: Json) -> None:
    editor = people("editor")
    report = taken(editor, document)
    assert outcomes(report)["dashboard"] == ["created"]
    assert exported(editor, report["dashboard_id"]) == document
    again = taken(editor, document)
    assert {each for kind in outcomes(again).values() for each in kind} == {"unchanged"}
