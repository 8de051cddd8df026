"""F80: components lie within the grid and not on each other; what lies wholly within a container may."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Final

from dataviz_pipelines.core.dashboards.errors import InvalidLayoutError
from dataviz_pipelines.core.dashboards.tiles import Tile
from dataviz_pipelines.core.errors import Fault

MAX_COMPONENTS: Final = 200
MAX_ROWS: Final = 10_000
_MAX_FAULTS: Final = 20


def outside(tile: Tile, columns: int) -> str | None:
    """How a tile leaves the grid, in words; None: it does not."""
    if tile.right > columns:
        return f"The {tile.name} reaches column {tile.right} of a grid of {columns}."
    if tile.bottom > MAX_ROWS:
        return f"The {tile.name} reaches row {tile.bottom}; a dashboard has at most {MAX_ROWS}."
    return None


def collides(one: Tile, other: Tile) -> bool:
    return one.touches(other) and not (one.holds(other) or other.holds(one))


def collisions(tiles: Iterable[Tile]) -> Iterator[tuple[Tile, Tile]]:
    """All pairs that lie on each other. Only those that share a row of the grid are compared."""
    open_tiles: list[Tile] = []
    for tile in sorted(tiles, key=lambda each: (each.y, each.x, each.key)):
        open_tiles = [each for each in open_tiles if each.bottom > tile.y]
        yield from ((each, tile) for each in open_tiles if collides(each, tile))
        open_tiles.append(tile)


def overlap(one: Tile, other: Tile) -> str:
    return f"The {one.name} and the {other.name} overlap."


def check_layout(tiles: Mapping[str, Tile], columns: int) -> None:
    """`tiles` by their JSON pointers in what was sent. Raises InvalidLayoutError, which says of each two that they overlap."""
    if len(tiles) > MAX_COMPONENTS:
        raise too_many("")
    faults = list(islice(_faults(tiles, columns), _MAX_FAULTS))
    if faults:
        raise InvalidLayoutError(faults, remedy="Give each component a place of its own.")


def too_many(place: str) -> InvalidLayoutError:
    message = f"A dashboard has at most {MAX_COMPONENTS} components."
    return InvalidLayoutError([Fault(place, message)])


def _faults(tiles: Mapping[str, Tile], columns: int) -> Iterator[Fault]:
    for place, tile in tiles.items():
        message = outside(tile, columns)
        if message is not None:
            yield Fault(place, message)
    places = {tile.key: place for place, tile in tiles.items()}
    for one, other in collisions(tiles.values()):
        yield Fault(places[other.key], overlap(one, other))
