"""From `:name` to the placeholders of a driver, and the values in their order."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from dataviz_pipelines.core.errors import Fault
from dataviz_pipelines.core.queries.errors import ParametersInvalidError
from dataviz_pipelines.core.queries.lexing import Kind, Piece, place
from dataviz_pipelines.core.queries.parameters import Parameter, ParameterType, Scalar


@dataclass(frozen=True)
class Value:
    """One value that the driver binds."""

    type: ParameterType
    value: Scalar | None


@dataclass(frozen=True)
class Bound:
    """`text` as it is sent, and `values` in the order of its placeholders. `origins` are pairs of offsets, in `text` and in
    what the person wrote, where the distance between the two changes."""

    text: str
    values: tuple[Value, ...]
    written: str
    origins: tuple[tuple[int, int], ...]

    def place(self, offset: int) -> tuple[int, int] | None:
        """Line and column in what the person wrote of a character that was sent; None for what the platform added."""
        known = [(sent, origin) for sent, origin in self.origins if sent <= offset]
        if not known:
            return None
        sent, origin = known[-1]
        return place(self.written, min(origin + offset - sent, len(self.written)))


Style = Callable[[int], str]
STYLES: Final[dict[str, Style]] = {
    "postgresql": lambda number: f"${number}",
    "mysql": lambda _: "%s",
    "bigquery": lambda _: "?",
}
"""How a driver wants its placeholder with this number, from 1."""


def bind(
    text: str,
    found: Sequence[Piece],
    parameters: Mapping[str, Parameter],
    *,
    kind: str,
    prefix: str = "",
) -> Bound:
    """`text` has no comments any more. A list becomes as many placeholders as it has values. Raises ParametersInvalidError for
    names without a value, and values without a name."""
    require_same(names(text, found), parameters)
    style, sent, origins = STYLES[kind], [prefix], []
    values: list[Value] = []
    length = len(prefix)
    for piece in found:
        part = text[piece.start : piece.end]
        if piece.kind is Kind.PLACEHOLDER:
            parameter = parameters[part[1:]]
            first = len(values) + 1
            values += [Value(parameter.type, each) for each in parameter.values]
            part = ", ".join(style(number) for number in range(first, len(values) + 1))
        elif kind == "mysql":
            part = part.replace("%", "%%")
        origins.append((length, piece.start))
        sent.append(part)
        length += len(part)
    return Bound("".join(sent), tuple(values), text, tuple(origins))


def names(text: str, found: Sequence[Piece]) -> set[str]:
    return {text[piece.start + 1 : piece.end] for piece in found if piece.kind is Kind.PLACEHOLDER}


def require_same(wanted: set[str], parameters: Mapping[str, Parameter]) -> None:
    missing, unknown = wanted - parameters.keys(), parameters.keys() - wanted
    faults = [
        *(Fault(f"/parameters/{name}", "it has no value") for name in sorted(missing)),
        *(Fault(f"/parameters/{name}", "the query does not use it") for name in sorted(unknown)),
    ]
    if faults:
        raise ParametersInvalidError(faults)
