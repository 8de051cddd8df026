"""The smallest request that the OpenAPI document takes, for routes of which nothing else matters."""

import re
from collections.abc import Callable
from typing import Any, Final
from uuid import uuid4

from fastapi import FastAPI

STRINGS: Final = (
    "sample",
    "ada@example.org",
    "https://example.org/a",
    "2030-01-01T00:00:00Z",
    "0 6 * * *",
    "#000000",
    "--text",
)
"""Tried one after the other against a pattern."""
_FORMATS: Final[dict[str, Callable[[], str]]] = {
    "uuid": lambda: str(uuid4()),
    "date-time": lambda: "2030-01-01T00:00:00Z",
    "binary": lambda: "sample",
}
_PARAMETER: Final = re.compile(r"\{(\w+)(?::\w+)?\}")
_JSON: Final = "application/json"


class Examples:
    def __init__(self, app: FastAPI) -> None:
        document = app.openapi()
        self._paths = document["paths"]
        self._schemas = document["components"]["schemas"]

    def path(self, method: str, path: str, **known: Any) -> str:
        """The route's path with a value in each place; those of `known` where it has them."""
        schemas = {each["name"]: each["schema"] for each in self._parameters(method, path, "path")}

        def value(match: re.Match[str]) -> str:
            name = match[1]
            return str(known[name] if name in known else self.value(schemas.get(name, {})))

        return _PARAMETER.sub(value, path)

    def query(self, method: str, path: str) -> dict[str, Any]:
        return {
            each["name"]: self.value(each["schema"])
            for each in self._parameters(method, path, "query")
            if each.get("required")
        }

    def headers(self, method: str, path: str) -> dict[str, str]:
        return {
            each["name"]: str(self.value(each["schema"]))
            for each in self._parameters(method, path, "header")
            if each.get("required")
        }

    def body(self, method: str, path: str) -> dict[str, Any]:
        """As httpx takes it: a JSON document, or bytes of another type."""
        content = self._operation(method, path).get("requestBody", {}).get("content", {})
        if _JSON in content:
            return {"json": self.value(content[_JSON]["schema"])}
        if not content:
            return {}
        media_type = next(iter(content))
        if media_type == "multipart/form-data":
            return {"files": {"file": ("sample.csv", b"city\nBerlin\n")}}
        return {"content": b"city\nBerlin\n", "headers": {"content-type": media_type}}

    def value(self, schema: dict[str, Any]) -> Any:
        if "$ref" in schema:
            return self.value(self._schemas[schema["$ref"].rpartition("/")[2]])
        for key in ("const", "enum"):
            if key in schema:
                return schema[key] if key == "const" else schema[key][0]
        for key in ("anyOf", "oneOf", "allOf"):
            if key in schema:
                return self.value(schema[key][0])
        return self._of_type(schema)

    def _of_type(self, schema: dict[str, Any]) -> Any:
        kind = schema.get("type", "string")
        if kind == "object":
            required = schema.get("required", [])
            return {name: self.value(schema["properties"][name]) for name in required}
        if kind == "array":
            return [self.value(schema["items"]) for _ in range(schema.get("minItems", 0))]
        if kind == "string":
            return _string(schema)
        return {"boolean": False, "null": None}.get(kind, schema.get("minimum", 1))

    def _parameters(self, method: str, path: str, place: str) -> list[dict[str, Any]]:
        found = self._operation(method, path).get("parameters", [])
        return [each for each in found if each["in"] == place]

    def _operation(self, method: str, path: str) -> dict[str, Any]:
        found: dict[str, Any] = self._paths.get(path, {}).get(method.lower(), {})
        return found


def _string(schema: dict[str, Any]) -> str:
    if schema.get("format") in _FORMATS:
        return _FORMATS[schema["format"]]()
    pattern = schema.get("pattern", "")
    return next(each for each in STRINGS if re.search(pattern, each))
