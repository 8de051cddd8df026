"""A component as the grid sees it: a rectangle."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dataviz_pipelines.core.models.tables import ComponentType


@dataclass(frozen=True)
class Tile:
    """In grid units, from the upper left corner. `key` finds it again: its id, or its place among others that have none."""

    key: str
    kind: str
    x: int
    y: int
    width: int
    height: int
    title: str | None = None

    @property
    def right(self) -> int:
        return self.x + self.width

    @property
    def bottom(self) -> int:
        return self.y + self.height

    @property
    def area(self) -> int:
        return self.width * self.height

    @property
    def is_container(self) -> bool:
        return self.kind == ComponentType.CONTAINER

    @property
    def name(self) -> str:
        """How people know it."""
        return f"{self.kind} {self.title!r}" if self.title else f"{self.kind} {self.key}"

    def covers(self, other: "Tile") -> bool:
        return (
            self.x <= other.x
            and self.y <= other.y
            and self.right >= other.right
            and self.bottom >= other.bottom
        )

    def touches(self, other: "Tile") -> bool:
        """Whether they share any unit of the grid."""
        return (
            self.x < other.right
            and other.x < self.right
            and self.y < other.bottom
            and other.y < self.bottom
        )

    def holds(self, other: "Tile") -> bool:
        """Containers hold what lies wholly within them, but never their like in size, which would hold them as well."""
        is_larger = not other.is_container or self.area > other.area
        return self.is_container and self.covers(other) and is_larger


def tile_of(row: Mapping[str, Any], *, key: str | None = None) -> Tile:
    """Of a component's columns. `key` is for one that has no id yet."""
    return Tile(
        key=key or str(row["id"]),
        kind=row["component_type"],
        x=row["position_x"],
        y=row["position_y"],
        width=row["width"],
        height=row["height"],
        title=(row.get("component_config") or {}).get("title"),
    )
