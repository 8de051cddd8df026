"""F79: which JSON Schemas (draft 2020-12) a chart kind may have, so that to check a configuration is safe and takes bounded time.

Nothing is ever fetched: references lead into the schema's own `$defs`. What the platform would have to take on trust is refused
by name rather than ignored.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError
from sqlalchemy import Connection

from dataviz_pipelines.core.libraries.errors import InvalidChartSchemaError
from dataviz_pipelines.core.libraries.patterns import compile_pattern
from dataviz_pipelines.core.security.caller import Caller

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
MAX_BYTES: Final = 32_768
MAX_SCHEMAS: Final = 500
MAX_DEPTH: Final = 30

_ONE: Final = (
    *("additionalProperties", "items", "contains", "propertyNames"),
    *("not", "if", "then", "else"),
)
_NAMED: Final = ("properties", "$defs", "dependentSchemas")
_SEVERAL: Final = ("allOf", "anyOf", "oneOf", "prefixItems")
_REFUSED: Final = (
    *("$id", "$anchor", "$dynamicRef", "$dynamicAnchor", "$recursiveRef", "$vocabulary"),
    *("patternProperties", "unevaluatedItems", "unevaluatedProperties"),
)
_PLAIN_REMEDY: Final = "Describe what has parts with `properties` and `items`."

Schema = Mapping[str, Any]


def check_chart(_connection: Connection, _caller: Caller, values: Mapping[str, Any]) -> None:
    """Refuses a chart kind by which nothing can be checked. Raises InvalidChartSchemaError."""
    check_schema(values.get("config_schema") or {})


def check_schema(schema: Schema) -> None:
    if len(json.dumps(schema)) > MAX_BYTES:
        raise _refusal("", f"A schema has at most {MAX_BYTES} bytes.")
    defined = schema.get("$defs")
    names = set(defined) if isinstance(defined, dict) else set()
    for count, (place, part) in enumerate(_schemas(schema, "", depth=0), start=1):
        if count > MAX_SCHEMAS:
            raise _refusal("", f"A schema has at most {MAX_SCHEMAS} parts.")
        _check_part(place, part, names)
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        raise _refusal(pointer(error.absolute_path), error.message[:300]) from error


def pointer(path: Any) -> str:
    """The steps of a path as a JSON pointer."""
    steps = (str(step).replace("~", "~0").replace("/", "~1") for step in path)
    return "".join(f"/{step}" for step in steps)


def _schemas(schema: Any, place: str, *, depth: int) -> Iterator[tuple[str, Schema]]:
    """A schema and all that it holds. What has not the shape of one is left to the meta-schema."""
    if depth > MAX_DEPTH:
        raise _refusal(place, f"A schema nests at most {MAX_DEPTH} others.")
    if isinstance(schema, bool):
        yield place, {}
    if not isinstance(schema, dict):
        return
    yield place, schema
    for step, part in _parts(schema):
        yield from _schemas(part, place + step, depth=depth + 1)


def _parts(schema: Schema) -> Iterator[tuple[str, Any]]:
    for name, value in schema.items():
        if name in _ONE:
            yield pointer([name]), value
        elif name in _NAMED and isinstance(value, dict):
            yield from ((pointer([name, key]), part) for key, part in value.items())
        elif name in _SEVERAL and isinstance(value, list):
            yield from ((pointer([name, number]), part) for number, part in enumerate(value))


def _check_part(place: str, schema: Schema, names: set[str]) -> None:
    for keyword in _REFUSED:
        if keyword in schema:
            raise _refusal(f"{place}/{keyword}", f"{keyword} is not supported.")
    if schema.get("$schema", DIALECT) != DIALECT:
        raise _refusal(f"{place}/$schema", f"The dialect is {DIALECT}.")
    _check_reference(place, schema.get("$ref"), names)
    _check_pattern(place, schema.get("pattern"))
    for keyword, values in (("const", [schema.get("const")]), ("enum", schema.get("enum"))):
        if isinstance(values, list) and any(isinstance(each, list | dict) for each in values):
            raise _refusal(
                f"{place}/{keyword}", f"{keyword} takes plain values only.", remedy=_PLAIN_REMEDY
            )


def _check_reference(place: str, reference: Any, names: set[str]) -> None:
    if reference is None:
        return
    head, _, name = str(reference).rpartition("/")
    known = head == "#/$defs" and name.replace("~1", "/").replace("~0", "~") in names
    if not known and reference != "#":
        raise _refusal(
            f"{place}/$ref",
            f"{str(reference)[:100]!r} leads nowhere; nothing is fetched from elsewhere.",
            remedy="Define it in the schema's own `$defs`, and refer to `#/$defs/NAME`.",
        )


def _check_pattern(place: str, pattern: Any) -> None:
    if not isinstance(pattern, str):
        return
    try:
        compile_pattern(pattern)
    except ValueError as error:
        raise _refusal(f"{place}/pattern", f"The pattern cannot be used: {error}.") from error


def _refusal(place: str, message: str, *, remedy: str | None = None) -> InvalidChartSchemaError:
    return InvalidChartSchemaError(message, place=f"/config_schema{place}", remedy=remedy)
