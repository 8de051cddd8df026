"""Regular expressions that other people wrote, on text that other people wrote.

They run in a machine that never goes back, so that no pattern is exponential; `cost` bounds what is left. What `\\d` and its
kin mean is what JSON Schema says: ASCII alone.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from math import prod
from typing import Annotated, Any, Final

from pydantic import StringConstraints, TypeAdapter, ValidationError
from pydantic_core import SchemaError

MAX_CHARACTERS: Final = 200
MAX_WEIGHT: Final = 20_000
_TOKEN: Final = re.compile(r"\\(.)|\{(\d+)(?:,(\d*))?\}|\(\?(?!:)", re.DOTALL)
_CLASSES: Final = {"d": "[0-9]", "w": "[0-9A-Za-z_]", "s": r"[\t\n\v\f\r ]"}
_WEIGHT_OF_A_STEP: Final = 32


@dataclass(frozen=True)
class Pattern:
    """`weight` grows with the number of states that the machine may be in at once."""

    weight: int
    adapter: TypeAdapter[str]

    def matches(self, text: str) -> bool:
        """Anywhere in the text, unless the pattern says otherwise."""
        try:
            self.adapter.validate_python(text)
        except ValidationError:
            return False
        return True

    def cost(self, text: str) -> int:
        return 1 + self.weight * len(text) // _WEIGHT_OF_A_STEP


@lru_cache(maxsize=1_000)
def compile_pattern(text: str) -> Pattern:
    """Raises ValueError, with a reason to show, for what is no pattern, looks around or back, or repeats too much."""
    if len(text) > MAX_CHARACTERS:
        message = f"it is longer than {MAX_CHARACTERS} characters"
        raise ValueError(message)
    weight = len(text) * prod(_bounds(text))
    if weight > MAX_WEIGHT:
        raise ValueError("its repetitions multiply to too many")
    constraints: Any = StringConstraints(pattern=_TOKEN.sub(_translated, text))
    try:
        return Pattern(weight, TypeAdapter(Annotated[str, constraints]))
    except SchemaError as error:
        raise ValueError("it cannot be read, or looks around or back") from error


def _bounds(text: str) -> list[int]:
    """How often each counted repetition may repeat; `{3,}` is three times and then one that goes on."""
    found = [match.groups() for match in _TOKEN.finditer(text) if match[2] is not None]
    return [max(int(high or int(low) + 1), 1) for _, low, high in found]


def _translated(token: re.Match[str]) -> str:
    if token[0] == "(?":
        raise ValueError("of groups that begin with (?, only (?: is known")
    escaped = token[1]
    if escaped is None:
        return token[0]
    if escaped in "pP":
        raise ValueError("Unicode properties are not supported")
    if escaped.lower() in _CLASSES:
        known = _CLASSES[escaped.lower()]
        return known if escaped.islower() else f"[^{known[1:]}"
    return token[0]
