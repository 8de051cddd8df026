"""F77: a dashboard on a phone: its components from top to bottom, each as wide as the screen."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from dataviz_pipelines.core.dashboards.tiles import Tile
from dataviz_pipelines.core.models.documents.dashboards import MobileItem, MobileLayout
from dataviz_pipelines.core.models.tables import ComponentType

PHONES_A_DESK: Final = 3
"""How many screens of a phone the width of a desktop's grid stands for."""
_SMALLEST: Final = 4
_TALLEST: Final = 12


def mobile_items(
    tiles: Sequence[Tile], columns: int, stored: MobileLayout | None
) -> list[MobileItem]:
    """Every component once. What is stored keeps its order, and components that it does not know follow as they are read."""
    derived = {tile.key: _item(tile, columns) for tile in reading_order(tiles)}
    if stored is None:
        return list(derived.values())
    kept = {
        str(item.component_id): item for item in stored.items if str(item.component_id) in derived
    }
    return list((kept | {key: item for key, item in derived.items() if key not in kept}).values())


def reading_order(tiles: Sequence[Tile]) -> list[Tile]:
    """Line by line from left to right; what a container holds comes right after it."""
    within: dict[str | None, list[Tile]] = {}
    for tile in tiles:
        holders = [each for each in tiles if each is not tile and each.holds(tile)]
        innermost = min(holders, key=lambda each: each.area, default=None)
        within.setdefault(innermost.key if innermost else None, []).append(tile)
    return list(_read(within, None))


def _read(within: Mapping[str | None, list[Tile]], holder: str | None) -> Iterator[Tile]:
    for tile in sorted(within.get(holder, ()), key=lambda each: (each.y, each.x, each.key)):
        yield tile
        yield from _read(within, tile.key)


def _item(tile: Tile, columns: int) -> MobileItem:
    return MobileItem.model_validate({"component_id": tile.key, "height": _height(tile, columns)})


def _height(tile: Tile, columns: int) -> int:
    """A container is no more than a heading, and a control stays as high as it is. Text takes the area that it had; what
    is drawn keeps its shape, within what can be seen and what fits on the screen."""
    widening = columns / PHONES_A_DESK / tile.width
    if tile.kind == ComponentType.CONTAINER:
        return 1
    if tile.kind == ComponentType.FILTER:
        return tile.height
    if tile.kind == ComponentType.TEXT:
        return max(1, round(tile.height / widening))
    return max(min(tile.height, _SMALLEST), min(round(tile.height * widening), _TALLEST))
