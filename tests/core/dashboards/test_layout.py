"""F80: which components lie within the grid, and which lie on each other."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataviz_pipelines.core.dashboards.layout import collides, collisions, outside, overlap
from dataviz_pipelines.core.dashboards.tiles import Tile


def tile(key: str, x: int, y: int, width: int, height: int, kind: str = "visualization") -> Tile:
    return Tile(key, kind, x, y, width, height)


@pytest.mark.parametrize(
    ("one", "is_outside"),
    [
        (tile("a", 0, 0, 12, 4), False),
        (tile("a", 1, 0, 12, 4), True),
        (tile("a", 12, 0, 1, 1), True),
        (tile("a", 0, 9_999, 1, 1), False),
        (tile("a", 0, 9_999, 1, 2), True),
    ],
)
def test_f80_a_component_stays_within_the_grid(one: Tile, is_outside: bool) -> None:
    assert (outside(one, 12) is not None) is is_outside


@pytest.mark.parametrize(
    ("one", "other", "collide"),
    [
        (tile("a", 0, 0, 6, 4), tile("b", 6, 0, 6, 4), False),
        (tile("a", 0, 0, 6, 4), tile("b", 0, 4, 6, 4), False),
        (tile("a", 0, 0, 6, 4), tile("b", 5, 3, 6, 4), True),
        (tile("a", 0, 0, 6, 4), tile("b", 0, 0, 6, 4), True),
        (tile("a", 0, 0, 6, 4, "container"), tile("b", 1, 1, 2, 2), False),
        (tile("a", 0, 0, 6, 4, "container"), tile("b", 0, 0, 6, 4), False),
        (tile("a", 0, 0, 6, 4, "container"), tile("b", 5, 1, 2, 2), True),
        (tile("a", 1, 1, 2, 2), tile("b", 0, 0, 6, 4), True),
        (tile("a", 0, 0, 6, 4, "container"), tile("b", 1, 1, 2, 2, "container"), False),
        (tile("a", 0, 0, 6, 4, "container"), tile("b", 0, 0, 6, 4, "container"), True),
    ],
)
def test_f80_only_containers_lie_under_others(one: Tile, other: Tile, collide: bool) -> None:
    assert collides(one, other) is collides(other, one) is collide


def test_f80_the_two_are_named() -> None:
    titled = Tile("1", "text", 0, 0, 2, 2, title="Sales")
    assert overlap(titled, tile("2", 1, 1, 2, 2)) == (
        "The text 'Sales' and the visualization 2 overlap."
    )


_TILES = st.lists(
    st.tuples(
        st.integers(0, 11),
        st.integers(0, 20),
        st.integers(1, 6),
        st.integers(1, 6),
        st.sampled_from(["text", "container"]),
    ),
    max_size=25,
)


@given(_TILES)
def test_the_quick_way_finds_the_pairs_that_comparing_all_finds(
    places: list[tuple[int, int, int, int, str]],
) -> None:
    tiles = [Tile(str(key), kind, *place) for key, (*place, kind) in enumerate(places)]
    found = {frozenset((one.key, other.key)) for one, other in collisions(tiles)}
    assert found == {
        frozenset((one.key, other.key))
        for one, other in combinations(tiles, 2)
        if collides(one, other)
    }
