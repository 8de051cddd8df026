"""F79: which schemas a chart kind may have, and what is checked by them."""

import time
from typing import Any

import pytest

from dataviz_pipelines.core.libraries.configs import config_faults
from dataviz_pipelines.core.libraries.errors import (
    ConfigTooComplexError,
    InvalidChartSchemaError,
)
from dataviz_pipelines.core.libraries.schemas import check_schema
from dataviz_pipelines.core.schema.chart_kinds import CHARTS


def _nested(depth: int) -> dict[str, Any]:
    schema: dict[str, Any] = {}
    for _ in range(depth):
        schema = {"items": schema}
    return schema


@pytest.mark.parametrize(
    ("schema", "place"),
    [
        ({"type": "strin"}, "/type"),
        ({"properties": {"a": {"minimum": "1"}}}, "/properties/a/minimum"),
        ({"$ref": "https://example.com/schema.json"}, "/$ref"),
        ({"$ref": "#/$defs/missing"}, "/$ref"),
        ({"$defs": {"type": {}}, "$ref": "#/$defs"}, "/$ref"),
        ({"items": {"$id": "https://example.com/"}}, "/items/$id"),
        ({"$dynamicRef": "#a"}, "/$dynamicRef"),
        ({"$schema": "http://json-schema.org/draft-07/schema#"}, "/$schema"),
        ({"patternProperties": {"^(a+)+$": {}}}, "/patternProperties"),
        ({"allOf": [{}, {"pattern": r"(a)\1"}]}, "/allOf/1/pattern"),
        ({"enum": [["a"], ["b"]]}, "/enum"),
        ({"properties": {"a": {}} | {f"p{n}": True for n in range(500)}}, ""),
        ({"description": "x" * 33_000}, ""),
        (_nested(31), "/items" * 31),
    ],
)
def test_f79_a_schema_that_is_none_or_is_not_safe_is_refused(
    schema: dict[str, Any], place: str
) -> None:
    with pytest.raises(InvalidChartSchemaError) as caught:
        check_schema(schema)
    assert caught.value.place == f"/config_schema{place}"


def test_a_property_may_be_called_like_a_keyword() -> None:
    check_schema({"properties": {"$ref": {"type": "string"}, "pattern": {}, "$id": {}}})


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart["chart_type"])
def test_f79_the_seeded_chart_kinds_have_schemas_that_check_something(
    chart: dict[str, Any],
) -> None:
    check_schema(chart["config_schema"])
    assert config_faults({}, chart["config_schema"]) == []
    assert config_faults({"colour": 1}, chart["config_schema"]) != []


def test_f79_faults_come_with_their_places() -> None:
    (bar,) = (chart["config_schema"] for chart in CHARTS if chart["chart_type"] == "bar")
    config = {"stacking": "high", "series": [{"column": "a"}, {"column": "b", "color": "red"}]}
    faults = config_faults(config, bar)
    assert sorted(fault.place for fault in faults) == ["/series/1/color", "/stacking"]
    assert any("'high' is not one of" in fault.message for fault in faults)


def test_references_into_the_schemas_own_definitions_are_followed() -> None:
    tree = {
        "$defs": {"node": {"properties": {"children": {"items": {"$ref": "#/$defs/node"}}}}},
        "$ref": "#/$defs/node",
    }
    check_schema(tree)
    assert config_faults({"children": [{"children": []}]}, tree) == []


def test_items_are_as_different_as_json_has_them() -> None:
    unique = {"uniqueItems": True}
    assert config_faults([1, True, "1", [1], {"a": 1}], unique) == []
    assert config_faults([{"a": 1, "b": 2}, {"b": 2, "a": 1.0}], unique) != []


def _bomb() -> dict[str, Any]:
    """Each definition asks for the next one twice."""
    parts = {
        f"d{number}": {"anyOf": [{"$ref": f"#/$defs/d{number + 1}"}] * 2} for number in range(40)
    }
    return {"$defs": {**parts, "d40": {"type": "string"}}, "$ref": "#/$defs/d0"}


@pytest.mark.parametrize(
    ("schema", "config"),
    [
        (_bomb(), 3),
        (_bomb(), {"a": ["text"] * 8_000}),
        ({"$ref": "#"}, {}),
        ({"items": {"pattern": "(.{1,30}){1,30}b"}}, ["a" * 100] * 600),
        (
            {"items": {"enum": [f"value {number}" for number in range(2_000)]}},
            ["value 1999"] * 5_000,
        ),
        ({"items": {"oneOf": [{"const": number} for number in range(490)]}}, list(range(9_000))),
        ({"items": {"properties": {f"p{n}": True for n in range(400)}}}, [{}] * 15_000),
        ({}, ["a" * 70_000]),
    ],
)
def test_f79_what_would_take_too_long_is_given_up_in_bounded_time(
    schema: dict[str, Any], config: Any
) -> None:
    check_schema(schema)
    began = time.perf_counter()
    with pytest.raises(ConfigTooComplexError):
        config_faults(config, schema)
    assert time.perf_counter() - began < 5


def test_f79_many_different_items_are_told_apart_quickly() -> None:
    began = time.perf_counter()
    assert config_faults([{"a": number} for number in range(5_000)], {"uniqueItems": True}) == []
    assert time.perf_counter() - began < 2
