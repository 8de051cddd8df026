"""Dashboards with everything a document can hold, and what is done with documents."""

from collections.abc import Mapping
from typing import Any

import httpx
from sqlalchemy import Engine

from tests.api.dashboards.boards import (
    BOARDS,
    CHARTS,
    QUERIES,
    THEMES,
    Json,
    add,
    board,
    chart,
    made,
    source,
)
from tests.api.people import Person

IMPORT = f"{BOARDS}/import"
CREATED = {
    "data_source": ["kept"],
    "chart": ["created"],
    "theme": ["created"],
    "saved_query": ["created"],
    "visualization": ["created"],
    "dashboard": ["created"],
    "component": ["created", "created"],
}
"""What becomes of a `full_board` where nothing of it is but its data source."""


def full_board(person: Person, engine: Engine) -> str:
    """The id of a dashboard with a theme, a chart kind, a query, a source, two components and a layout for phones."""
    shop = str(source(engine, "Shop", created_by=person.id))
    theme = made(person.post(THEMES, {"name": "Paper", "color_palette": ["#112233"]}))
    schema = {"properties": {"needle": {"type": "integer"}}}
    made(person.post(CHARTS, {"name": "Dial", "chart_type": "dial", "config_schema": schema}))
    query = made(
        person.post(QUERIES, {"name": "Q", "query_text": "SELECT 1", "data_source_id": shop})
    )
    item = chart(
        person,
        visualization_type="dial",
        chart_config={"needle": 3},
        data_source_id=shop,
        query_config={"saved_query_id": query["id"]},
    )
    dashboard = board(person, description="By month", theme_id=theme["id"])
    shown = {"component_type": "visualization", "visualization_id": item["id"]}
    part = made(add(person, dashboard, 0, 0, 4, 4, **shown))
    made(add(person, dashboard, 4, 0, 4, 4, component_config={"title": "About"}))
    mobile = {"items": [{"component_id": part["id"], "height": 5}]}
    path = f"{BOARDS}/{dashboard['id']}"
    made(person.http.patch(path, json={"mobile_layout": mobile}))
    return str(dashboard["id"])


def exported(person: Person, dashboard_id: str) -> Json:
    document: Json = made(person.http.get(f"{BOARDS}/{dashboard_id}/export"))
    return document


def sent(
    person: Person,
    document: Json,
    *,
    dry_run: bool = False,
    sources: Mapping[str, str] | None = None,
    **headers: str,
) -> httpx.Response:
    body = {"document": document, "data_sources": dict(sources or {})}
    asked = {"dry_run": str(dry_run).lower()}
    return person.post(IMPORT, body, params=asked, headers=headers)


def taken(person: Person, document: Json, **options: Any) -> Json:
    report: Json = made(sent(person, document, **options))
    return report


def outcomes(report: Json) -> dict[str, list[str]]:
    """By kind, in the order of the report."""
    found: dict[str, list[str]] = {}
    for item in report["items"]:
        found.setdefault(item["kind"], []).append(item["outcome"])
    return found


def items(report: Json, kind: str) -> list[Json]:
    return [item for item in report["items"] if item["kind"] == kind]


def here(report: Json) -> str:
    """The id of the dashboard."""
    return str(report["dashboard_id"])
