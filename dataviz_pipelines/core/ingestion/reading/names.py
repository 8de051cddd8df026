"""Column names: what a header row becomes."""

import re
from collections.abc import Sequence
from typing import Final

_UNSTORABLE: Final = re.compile("[\0\ud800-\udfff]")


def storable(text: str) -> str:
    """With the character that stands for others, where the text has what no database holds: NUL, or half a surrogate pair,
    both of which JSON can write."""
    return _UNSTORABLE.sub("\ufffd", text)


def unique_names(header: Sequence[str]) -> tuple[tuple[str, ...], list[str]]:
    """Names and what had to be changed: an empty cell becomes `column_N`, a repeated name gets a suffix."""
    stripped = [storable(cell).strip().removeprefix("\ufeff").strip() for cell in header]
    reserved = set(stripped)
    seen: set[str] = set()
    names: list[str] = []
    warnings: list[str] = []
    for position, name in enumerate(stripped, start=1):
        base = name or f"column_{position}"
        unique = base if base not in seen else _suffixed(base, seen | reserved)
        if not name:
            warnings.append(
                f"Column {position} has no name in the header; it is called {unique!r}."
            )
        elif unique != name:
            first = stripped.index(name) + 1
            warnings.append(
                f"Columns {first} and {position} are both named {name!r}; the latter is called {unique!r}."
            )
        seen.add(unique)
        names.append(unique)
    return tuple(names), warnings


def numbered_names(width: int) -> tuple[str, ...]:
    return tuple(f"column_{position}" for position in range(1, width + 1))


def _suffixed(base: str, taken: set[str]) -> str:
    number = 2
    while f"{base}_{number}" in taken:
        number += 1
    return f"{base}_{number}"
