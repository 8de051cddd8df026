"""The chart kinds that every installation starts with. What a configuration leaves out is taken from the result's columns, in
their order, and from the theme."""

from typing import Any, Final
from uuid import UUID

Schema = dict[str, Any]


def _object(**properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _list(items: Schema, *, at_most: int) -> Schema:
    return {"type": "array", "items": items, "maxItems": at_most}


def _whole(low: int, high: int) -> Schema:
    return {"type": "integer", "minimum": low, "maximum": high}


def _part(low: float, high: float) -> Schema:
    return {"type": "number", "minimum": low, "maximum": high}


def _choice(*values: str) -> Schema:
    return {"enum": list(values)}


_BOOLEAN: Final[Schema] = {"type": "boolean"}
_NUMBER: Final[Schema] = {"type": "number"}
_COLUMN: Final[Schema] = {"type": "string", "minLength": 1, "maxLength": 255}
_LABEL: Final[Schema] = {"type": "string", "maxLength": 255}
_FORMAT: Final[Schema] = {"type": "string", "maxLength": 50}
_COLOR: Final[Schema] = {"type": "string", "pattern": "^#[0-9a-fA-F]{6}$"}
_SORTED_BY: Final = {**_object(column=_COLUMN, descending=_BOOLEAN), "required": ["column"]}
_AXIS: Final = _object(
    title=_LABEL, min=_NUMBER, max=_NUMBER, scale=_choice("linear", "log"), format=_FORMAT
)
_LOOKS: Final[dict[str, Schema]] = {
    "legend": _choice("none", "top", "right", "bottom", "left"),
    "colors": _list(_COLOR, at_most=50),
}
_AXES: Final[dict[str, Schema]] = {"x_axis": _AXIS, "y_axis": _AXIS}
_SERIES: Final[dict[str, Schema]] = {
    "x": _COLUMN,
    "series": _list(
        {**_object(column=_COLUMN, label=_LABEL, color=_COLOR), "required": ["column"]}, at_most=50
    ),
    "group_by": _COLUMN,
    "stacking": _choice("none", "normal", "percent"),
    **_AXES,
    **_LOOKS,
}
_CURVE: Final = _choice("linear", "smooth", "step")
_TABLE_COLUMN: Final = {
    **_object(
        column=_COLUMN,
        label=_LABEL,
        format=_FORMAT,
        align=_choice("left", "right", "center"),
        width_px=_whole(20, 2_000),
    ),
    "required": ["column"],
}
_THRESHOLD: Final = {**_object(at_least=_NUMBER, color=_COLOR), "required": ["at_least", "color"]}

_KINDS: Final[list[tuple[str, str, str, dict[str, Schema]]]] = [
    (
        "table",
        "Table",
        "Figures",
        {
            "columns": _list(_TABLE_COLUMN, at_most=500),
            "sort": _list(_SORTED_BY, at_most=5),
            "page_size": _whole(1, 1_000),
            "row_numbers": _BOOLEAN,
        },
    ),
    (
        "number",
        "Number",
        "Figures",
        {
            "value": _COLUMN,
            "label": _LABEL,
            "format": _FORMAT,
            "prefix": _LABEL,
            "suffix": _LABEL,
            "compare_with": _COLUMN,
            "thresholds": _list(_THRESHOLD, at_most=10),
        },
    ),
    (
        "bar",
        "Bar chart",
        "Comparison",
        {**_SERIES, "orientation": _choice("vertical", "horizontal"), "labels": _BOOLEAN},
    ),
    ("line", "Line chart", "Trend", {**_SERIES, "curve": _CURVE, "points": _BOOLEAN}),
    ("area", "Area chart", "Trend", {**_SERIES, "curve": _CURVE, "opacity": _part(0, 1)}),
    (
        "pie",
        "Pie chart",
        "Share",
        {
            "label": _COLUMN,
            "value": _COLUMN,
            "hole": _part(0, 0.9),
            "slices": _whole(2, 50),
            **_LOOKS,
        },
    ),
    (
        "scatter",
        "Scatter plot",
        "Relation",
        {
            "x": _COLUMN,
            "y": _COLUMN,
            "size": _COLUMN,
            "label": _COLUMN,
            "group_by": _COLUMN,
            **_AXES,
            **_LOOKS,
        },
    ),
    (
        "heatmap",
        "Heat map",
        "Relation",
        {"x": _COLUMN, "y": _COLUMN, "value": _COLUMN, "format": _FORMAT, **_LOOKS},
    ),
    (
        "histogram",
        "Histogram",
        "Distribution",
        {"value": _COLUMN, "bins": _whole(1, 500), "group_by": _COLUMN, **_AXES, **_LOOKS},
    ),
]

CHARTS: Final[list[dict[str, Any]]] = [
    {
        "id": UUID(f"00000000-0000-7000-8000-{number:012x}"),
        "name": name,
        "chart_type": chart_type,
        "config_schema": _object(**properties),
        "category": category,
        "is_public": True,
    }
    for number, (chart_type, name, category, properties) in enumerate(_KINDS, start=0x21)
]
