"""Colours as CSS writes them, and how well two of them can be told apart."""

import re
from dataclasses import dataclass
from typing import Final

_NAMES: Final = {
    "aqua": "00ffff",
    "black": "000000",
    "blue": "0000ff",
    "fuchsia": "ff00ff",
    "gray": "808080",
    "green": "008000",
    "grey": "808080",
    "lime": "00ff00",
    "maroon": "800000",
    "navy": "000080",
    "olive": "808000",
    "purple": "800080",
    "red": "ff0000",
    "silver": "c0c0c0",
    "teal": "008080",
    "white": "ffffff",
    "yellow": "ffff00",
}
_HEX: Final = re.compile(r"#([0-9a-f]{3}|[0-9a-f]{6})", re.ASCII)
_RGB: Final = re.compile(
    r"rgb\(\s*(\d{1,3})\s*[,\s]\s*(\d{1,3})\s*[,\s]\s*(\d{1,3})\s*\)", re.ASCII
)


@dataclass(frozen=True)
class Color:
    red: int
    green: int
    blue: int

    @property
    def luminance(self) -> float:
        """Relative luminance as WCAG 2.2 defines it: 0 for black, 1 for white."""
        red, green, blue = (_linear(value / 255) for value in (self.red, self.green, self.blue))
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def parse_color(text: str) -> Color | None:
    """`#rgb`, `#rrggbb`, `rgb()` and the names of HTML 4. None: anything else, such as colours that let others through."""
    known = text.strip().lower()
    known = f"#{_NAMES[known]}" if known in _NAMES else known
    if match := _HEX.fullmatch(known):
        digits = match[1] if len(match[1]) == 6 else "".join(digit * 2 for digit in match[1])
        return Color(*bytes.fromhex(digits))
    if match := _RGB.fullmatch(known):
        return Color(*(min(int(part), 255) for part in match.groups()))
    return None


def contrast_ratio(one: Color, other: Color) -> float:
    """From 1, the same, to 21, black on white; WCAG 2.2."""
    darker, lighter = sorted((one.luminance, other.luminance))
    return (lighter + 0.05) / (darker + 0.05)


def _linear(value: float) -> float:
    return float(value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4)
