"""What a user may see, from its grants. They outlive what they are on, and name those of its roles too."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from dataviz_pipelines.core.discovery.snapshot import TableName

_NAME: Final = r"(\*|`(?:[^`]|``)+`)"
_GRANT: Final = re.compile(
    rf"GRANT ((?:[^`]|`(?:[^`]|``)+`)+?) ON (?:TABLE )?{_NAME}\.{_NAME} TO ", re.DOTALL
)
_EVERYTHING: Final = re.compile(r"\b(SELECT|ALL PRIVILEGES)\b")


@dataclass(frozen=True)
class Rights:
    is_everywhere: bool
    schemas: Sequence[re.Pattern[str]]
    tables: frozenset[tuple[str, str]]

    def show(self, name: TableName) -> bool:
        return (
            self.is_everywhere
            or (name.schema_name, name.table_name) in self.tables
            or any(pattern.fullmatch(name.schema_name) for pattern in self.schemas)
        )


def rights(grants: Iterable[str]) -> Rights:
    """`grants` as SHOW GRANTS gives them, names in backticks."""
    found = [match.groups() for match in map(_GRANT.match, grants) if match]
    useful = [grant for grant in found if grant[0] != "USAGE"]
    return Rights(
        any(_EVERYTHING.search(kinds) for kinds, schema, _ in useful if schema == "*"),
        [_pattern(_bare(schema)) for _, schema, table in useful if schema != "*" == table],
        frozenset(
            (_bare(schema), _bare(table))
            for _, schema, table in useful
            if "*" not in (schema, table)
        ),
    )


def _bare(name: str) -> str:
    return name[1:-1].replace("``", "`")


def _pattern(text: str) -> re.Pattern[str]:
    """Rights on schemas are given with the wildcards of LIKE."""
    parts = re.findall(r"\\.|.", text, re.DOTALL)
    wildcards = {"%": ".*", "_": "."}
    return re.compile(
        "".join(wildcards.get(part, re.escape(part[-1])) for part in parts), re.DOTALL
    )
