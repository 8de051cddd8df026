"""Names and texts as GoogleSQL quotes them."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class Table:
    dataset: str
    name: str

    def __str__(self) -> str:
        return f"{self.dataset}.{self.name}"

    @property
    def quoted(self) -> str:
        return f"{identifier(self.dataset)}.{identifier(self.name)}"


def identifier(name: str) -> str:
    return f"`{_escaped(name, '`')}`"


def literal(value: UUID | str) -> str:
    return f"'{_escaped(str(value), chr(39))}'"


def listed(names: Iterable[str]) -> str:
    return ", ".join(identifier(name) for name in names)


def _escaped(text: str, quote: str) -> str:
    return (
        text.replace("\\", "\\\\")
        .replace(quote, f"\\{quote}")
        .replace("\n", "\\n")
        .replace("\r", "\\r")
    )
