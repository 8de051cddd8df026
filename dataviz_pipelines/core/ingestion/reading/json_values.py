"""JSON values as text, digit for digit: no number ever becomes a float."""

import json
from json.encoder import encode_basestring
from typing import Any


class Number(str):
    """A number as it is written in the file."""

    __slots__ = ()


class NotANumber(str):
    """NaN or Infinity, which JSON does not have."""

    __slots__ = ()


class Repeated(dict[str, Any]):
    """An object in which a key occurs twice."""


class BadValue(Exception):  # noqa: N818 - a fact about a value, never seen outside the reader
    def __init__(self, rule: str, message: str) -> None:
        super().__init__(message)
        self.rule = rule
        self.message = message


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    return found if len(found) == len(pairs) else Repeated(found)


DECODER = json.JSONDecoder(
    parse_float=Number, parse_int=Number, parse_constant=NotANumber, object_pairs_hook=_object
)


def value_text(value: Any) -> str | None:
    """The text of a cell; nested values as compact JSON. Raises BadValue."""
    if value is None:
        return None
    if isinstance(value, str):
        return _checked(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    try:
        return _nested_text(value)
    except RecursionError as error:
        raise BadValue("too_deep", "The values are nested too deeply.") from error


def _checked(value: str) -> str:
    if isinstance(value, NotANumber):
        raise BadValue("not_a_number", f"{value} is no JSON number.")
    if "\0" in value:
        raise BadValue("nul_byte", "The text holds a NUL character.")
    if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
        raise BadValue("invalid_encoding", "The text holds half of a surrogate pair.")
    return str(value) if isinstance(value, Number) else value


def _nested_text(value: Any) -> str:
    if isinstance(value, Repeated):
        raise BadValue("duplicate_key", "A key occurs twice in a nested object.")
    if isinstance(value, dict):
        members = (f"{_string(key)}:{_nested_text(item)}" for key, item in value.items())
        return "{" + ",".join(members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_nested_text, value)) + "]"
    if isinstance(value, Number | NotANumber):
        return _checked(value)
    if isinstance(value, str):
        return _string(value)
    return {None: "null", True: "true", False: "false"}[value]


def _string(text: str) -> str:
    return encode_basestring(_checked(text))
