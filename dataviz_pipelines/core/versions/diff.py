"""What differs between two documents, as people read it: each value by its JSON pointer, before and after.

Things that have an id are found by it, wherever they stand in their list: `/components/ID/width`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

_MISSING: Final = object()

Op = Literal["add", "remove", "replace"]


@dataclass(frozen=True)
class Change:
    """`before` of what was added and `after` of what was removed are None."""

    op: Op
    path: str
    before: Any
    after: Any


def changes(before: Any, after: Any, path: str = "") -> Iterator[Change]:
    """In the order of the documents."""
    if before is _MISSING:
        yield Change("add", path, None, after)
    elif after is _MISSING:
        yield Change("remove", path, before, None)
    elif isinstance(before, dict) and isinstance(after, dict):
        yield from _each(before, after, path)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _each(_keyed(before, after), _keyed(after, before), path)
    elif not _same(before, after):
        yield Change("replace", path, before, after)


def _each(before: Mapping[str, Any], after: Mapping[str, Any], path: str) -> Iterator[Change]:
    for key in {**before, **after}:
        step = key.replace("~", "~0").replace("/", "~1")
        yield from changes(before.get(key, _MISSING), after.get(key, _MISSING), f"{path}/{step}")


def _keyed(items: Sequence[Any], others: Sequence[Any]) -> dict[str, Any]:
    if all(isinstance(each, dict) and "id" in each for each in (*items, *others)):
        return {str(each["id"]): each for each in items}
    return {str(number): each for number, each in enumerate(items)}


def _same(before: Any, after: Any) -> bool:
    """Python takes True for 1; JSON does not."""
    return bool(before == after) and isinstance(before, bool) == isinstance(after, bool)
