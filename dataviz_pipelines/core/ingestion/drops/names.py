"""A file's name as a database, a log line and a person can take it."""

import unicodedata

MAX_BYTES = 255
_CONTROLS = frozenset({"Cc", "Zl", "Zp"})


def storable_name(name: str) -> str:
    """The name itself if it can be stored and shown. Else bytes that are not UTF-8, and control characters such as line
    ends, become escapes (`\\xff`, `\\n`); what then is too long for a file system loses its middle, never its suffix."""
    text = name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    shown = "".join(_shown(character) for character in text)
    return shown if len(shown.encode()) <= MAX_BYTES else _shortened(shown)


def _shown(character: str) -> str:
    if unicodedata.category(character) not in _CONTROLS:
        return character
    return character.encode("unicode_escape").decode("ascii")


def _shortened(name: str) -> str:
    kept = (MAX_BYTES - len("…".encode())) // 2
    encoded = name.encode()
    head, tail = encoded[:kept].decode("utf-8", "ignore"), encoded[-kept:].decode("utf-8", "ignore")
    return f"{head}…{tail}"
