"""What a report is called: file names that every system takes and subjects of one line, with the day that the run is for."""

import re
import unicodedata
from datetime import datetime
from typing import Annotated, Final

from pydantic import AfterValidator, StringConstraints

from dataviz_pipelines.core.queries.exporting import EXPORTS

_PLACEHOLDERS: Final = {"{date}": "%Y-%m-%d", "{time}": "%H%M"}
_SEPARATORS: Final = frozenset('/\\:*?"<>|')
_JOINERS: Final = frozenset("\u200c\u200d")
"""Not shown, and yet a part of how words of some languages are written."""
_UNSHOWN: Final = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
_MOST_BYTES: Final = 200
_DEVICE: Final = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def filled(text: str, moment: datetime) -> str:
    """`{date}` and `{time}` as the moment has them in its zone."""
    for placeholder, pattern in _PLACEHOLDERS.items():
        text = text.replace(placeholder, moment.strftime(pattern))
    return text


def on_one_line(text: str) -> str:
    """Without what `OneLine` refuses."""
    return " ".join("".join(" " if _is_unshown(each) else each for each in text).split())


def _is_unshown(character: str) -> bool:
    return character not in _JOINERS and unicodedata.category(character) in _UNSHOWN


def _shown(text: str) -> str:
    if any(map(_is_unshown, text)):
        raise ValueError("it has a line break or another character that is not shown")
    return text


def _safe(text: str) -> str:
    if len(text.encode()) > _MOST_BYTES:
        raise ValueError(f"a file's name has at most {_MOST_BYTES} bytes")
    bare = text
    for placeholder in _PLACEHOLDERS:
        bare = bare.replace(placeholder, "")
    if "{" in bare or "}" in bare:
        raise ValueError(f"in braces it can have {' and '.join(_PLACEHOLDERS)}")
    if _SEPARATORS & set(text):
        raise ValueError(f"a file's name has none of {' '.join(sorted(_SEPARATORS))}")
    if text.strip(". ") != text:
        raise ValueError("a file's name neither begins nor ends with a full stop or a space")
    if _DEVICE.fullmatch(text):
        raise ValueError("on Windows that is the name of a device")
    if text.lower().endswith(tuple(f".{ending}" for ending in EXPORTS)):
        raise ValueError("its ending is the format's: leave it out")
    return unicodedata.normalize("NFC", text)


OneLine = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200, strip_whitespace=True),
    AfterValidator(_shown),
]
FileName = Annotated[
    str,
    StringConstraints(min_length=1, max_length=100),
    AfterValidator(_shown),
    AfterValidator(_safe),
]
