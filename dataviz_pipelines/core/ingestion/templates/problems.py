"""What is wrong with a template: every mistake at once, each with the JSON path that leads to it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from dataviz_pipelines.core.errors import Fault
from dataviz_pipelines.core.ingestion.errors import TemplateInvalidError

Part = str | int

_PART: Final = re.compile(
    r'\["(?P<quoted>.*?)"\](?=[.\[]|$)|\[(?P<index>\d+)\]|\.?(?P<name>[^.\[]+)'
)


@dataclass(frozen=True)
class Problem:
    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


Problems = Iterator[Problem]


class TemplateProblemsError(TemplateInvalidError):
    """`problems` in the order of the document's parts."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        count = "a mistake" if len(problems) == 1 else f"{len(problems)} mistakes"
        super().__init__("\n".join([f"The template has {count}:", *map(str, problems)]))
        self.problems = tuple(problems)
        self.faults = [Fault(json_pointer(each.path), each.message) for each in problems]


def json_path(parts: Sequence[Part]) -> str:
    """`("columns", 2, "Old name")` is `columns[2]["Old name"]`."""
    path = ""
    for part in parts:
        if isinstance(part, int):
            path += f"[{part}]"
        elif part.isidentifier():
            path += f".{part}" if path else part
        else:
            path += f'["{part}"]'
    return path


def json_pointer(path: str) -> str:
    """The same place as RFC 6901 writes it: `columns[2].name` is `/columns/2/name`."""
    parts = (match["quoted"] or match["index"] or match["name"] for match in _PART.finditer(path))
    return "".join(f"/{part.replace('~', '~0').replace('/', '~1')}" for part in parts)
