"""F78: the contrast of a theme's colours."""

from typing import Any

import pytest

from dataviz_pipelines.core.libraries.colors import Color, contrast_ratio, parse_color
from dataviz_pipelines.core.libraries.contrast import Contrast, contrasts
from dataviz_pipelines.core.schema.seeds import THEMES


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#ffffff", "#ffffff", 1.0),
        ("#777777", "#ffffff", 4.48),
        ("#767676", "#ffffff", 4.54),
        ("#0000ff", "#ffffff", 8.59),
    ],
)
def test_f78_the_ratio_is_that_of_wcag(one: str, other: str, ratio: float) -> None:
    first, second = parse_color(one), parse_color(other)
    assert first is not None
    assert second is not None
    assert round(contrast_ratio(first, second), 2) == ratio
    assert contrast_ratio(first, second) == contrast_ratio(second, first)


@pytest.mark.parametrize(
    ("text", "color"),
    [
        ("#fa0", Color(255, 170, 0)),
        (" #FFAA00 ", Color(255, 170, 0)),
        ("rgb(255, 170, 0)", Color(255, 170, 0)),
        ("rgb(255 170 0)", Color(255, 170, 0)),
        ("White", Color(255, 255, 255)),
        ("#ffaa0080", None),
        ("rgba(0, 0, 0, 0.5)", None),
        ("var(--text)", None),
        ("#ggg", None),
    ],
)
def test_colours_are_read_as_css_writes_them(text: str, color: Color | None) -> None:
    assert parse_color(text) == color


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme["name"])
def test_f78_the_seeded_themes_pass(theme: dict[str, Any]) -> None:
    found = contrasts(theme["css_variables"], theme["color_palette"])
    assert len(found) == 2 * (3 + len(theme["color_palette"]))
    assert [pair for pair in found if not pair.passes] == []


def test_f78_text_needs_more_than_what_charts_are_drawn_with() -> None:
    grey = "#8a8a8a"  # 3.45 on white
    found = contrasts({"--background": "#fff", "--muted": grey}, [grey])
    assert [(pair.foreground, pair.required, pair.passes) for pair in found] == [
        ("--muted", 4.5, False),
        ("color_palette/0", 3.0, True),
    ]


def test_a_colour_that_cannot_be_judged_neither_passes_nor_fails() -> None:
    found = contrasts({"--background": "var(--paper)", "--text": "#000"}, [])
    assert found == [Contrast("--text", "--background", None, 4.5)]
    assert found[0].passes is None
