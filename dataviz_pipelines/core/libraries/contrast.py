"""F78: whether a theme's colours can be told apart, by the ratios that WCAG 2.2 asks for."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection

from dataviz_pipelines.core.errors import Fault
from dataviz_pipelines.core.libraries.colors import contrast_ratio, parse_color
from dataviz_pipelines.core.libraries.errors import UnreadableThemeError
from dataviz_pipelines.core.security.caller import Caller

TEXT_RATIO: Final = 4.5
"""Success criterion 1.4.3, for text of any size."""
GRAPHICS_RATIO: Final = 3.0
"""Success criterion 1.4.11, for what a chart is drawn with."""
BEHIND: Final = ("--background", "--surface")
WRITTEN_IN: Final = ("--text", "--muted", "--accent")


@dataclass(frozen=True)
class Contrast:
    """Two colours by where they stand in the theme. `ratio` is None where one of them cannot be judged."""

    foreground: str
    background: str
    ratio: float | None
    required: float

    @property
    def passes(self) -> bool | None:
        return None if self.ratio is None else self.ratio >= self.required


def contrasts(variables: Mapping[str, str], palette: Sequence[str]) -> list[Contrast]:
    """Of what the theme writes and draws with, on everything that it has behind it."""
    return [
        _contrast(foreground, color, background, variables[background], required)
        for background in BEHIND
        if background in variables
        for foreground, color, required in _foregrounds(variables, palette)
    ]


def check_theme(_connection: Connection, _caller: Caller, values: Mapping[str, Any]) -> None:
    """Refuses a theme whose text cannot be read. Raises UnreadableThemeError."""
    faults = [
        Fault(f"/css_variables/{pair.foreground}", _refusal(pair))
        for pair in contrasts(values.get("css_variables") or {}, ())
        if pair.foreground == "--text" and pair.passes is False
    ]
    if faults:
        raise UnreadableThemeError(faults)


def _foregrounds(
    variables: Mapping[str, str], palette: Sequence[str]
) -> Iterator[tuple[str, str, float]]:
    for name in WRITTEN_IN:
        if name in variables:
            yield name, variables[name], TEXT_RATIO
    for number, color in enumerate(palette):
        yield f"color_palette/{number}", color, GRAPHICS_RATIO


def _contrast(
    foreground: str, color: str, background: str, behind: str, required: float
) -> Contrast:
    one, other = parse_color(color), parse_color(behind)
    ratio = None if one is None or other is None else contrast_ratio(one, other)
    return Contrast(foreground, background, ratio, required)


def _refusal(pair: Contrast) -> str:
    return (
        f"The contrast of {pair.foreground} on {pair.background} is {pair.ratio:.2f}; "
        f"text that can be read has at least {pair.required}."
    )
