"""Which of the listed tables are looked at: patterns over `schema.table`, where `*` stands for any text and `?` for one character."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fnmatch import translate

from dataviz_pipelines.core.discovery.errors import PatternError
from dataviz_pipelines.core.discovery.snapshot import Listed, TableName


@dataclass(frozen=True)
class Selection:
    """Without `include` everything is meant. What `exclude` names is left out whatever `include` says. A pattern without a
    dot names schemas. A dot in a name is a character like others: `*` matches it too."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    _included: re.Pattern[str] = field(init=False, repr=False)
    _excluded: re.Pattern[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_included", _compiled(self.include or ("*",)))
        object.__setattr__(self, "_excluded", _compiled(self.exclude))

    def holds(self, name: TableName) -> bool:
        text = f"{name.schema_name}.{name.table_name}"
        return bool(self._included.match(text)) and not self._excluded.match(text)

    def split(self, listed: Iterable[Listed]) -> tuple[list[Listed], list[Listed]]:
        """Those that are meant, and those that are skipped."""
        meant: list[Listed] = []
        skipped: list[Listed] = []
        for item in listed:
            (meant if self.holds(item.name) else skipped).append(item)
        return meant, skipped


def _compiled(patterns: Sequence[str]) -> re.Pattern[str]:
    for pattern in patterns:
        if not pattern.strip():
            raise PatternError(
                "A pattern is empty.", remedy="Write SCHEMA.TABLE or SCHEMA, with * for any text."
            )
    whole = [pattern if "." in pattern else f"{pattern}.*" for pattern in patterns]
    return re.compile("|".join(translate(pattern) for pattern in whole) or r"(?!)", re.DOTALL)
