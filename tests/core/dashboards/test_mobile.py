"""F77: the layout of a phone, derived from the desktop's or completed by it."""

from uuid import UUID, uuid4

import pytest

from dataviz_pipelines.core.dashboards.mobile import mobile_items, reading_order
from dataviz_pipelines.core.dashboards.tiles import Tile
from dataviz_pipelines.core.models.documents.dashboards import MobileItem, MobileLayout


def tile(x: int, y: int, width: int, height: int, kind: str = "visualization") -> Tile:
    return Tile(str(uuid4()), kind, x, y, width, height)


def test_f77_components_are_read_line_by_line() -> None:
    below, right, left = tile(0, 4, 12, 4), tile(6, 0, 6, 4), tile(0, 0, 6, 4)
    assert reading_order([below, right, left]) == [left, right, below]


def test_f77_what_a_container_holds_comes_right_after_it() -> None:
    first, second = tile(0, 0, 6, 8, "container"), tile(6, 0, 6, 8, "container")
    upper, lower = tile(0, 1, 6, 3), tile(0, 4, 6, 4)
    beside = tile(6, 1, 6, 7)
    assert reading_order([second, beside, lower, first, upper]) == [
        first,
        upper,
        lower,
        second,
        beside,
    ]


@pytest.mark.parametrize(
    ("kind", "width", "height", "expected"),
    [
        ("visualization", 4, 6, 6),  # as wide as a phone already
        ("visualization", 12, 6, 4),  # its shape would leave too little
        ("visualization", 12, 2, 2),  # it was flat before
        ("visualization", 2, 2, 4),
        ("visualization", 2, 10, 12),  # never taller than the screen
        ("text", 12, 2, 6),
        ("text", 4, 2, 2),
        ("filter", 12, 1, 1),
        ("container", 12, 9, 1),
    ],
)
def test_f77_heights_suit_the_width_of_a_phone(
    kind: str, width: int, height: int, expected: int
) -> None:
    (item,) = mobile_items([tile(0, 0, width, height, kind)], 12, None)
    assert (item.height, item.hidden) == (expected, False)


def test_f77_a_stored_layout_keeps_its_order_loses_what_is_gone_and_gains_what_is_new() -> None:
    first, second, added = tile(0, 0, 4, 4), tile(4, 0, 4, 4), tile(8, 0, 4, 4)
    stored = MobileLayout(
        items=[
            MobileItem(component_id=UUID(second.key), height=9, hidden=True),
            MobileItem(component_id=uuid4(), height=2),
            MobileItem(component_id=UUID(first.key), height=3),
        ]
    )
    items = mobile_items([added, first, second], 12, stored)
    assert [str(item.component_id) for item in items] == [second.key, first.key, added.key]
    assert [(item.height, item.hidden) for item in items] == [(9, True), (3, False), (4, False)]
