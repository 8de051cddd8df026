"""The OpenAPI document: FastAPI's, with problems under their own media type."""

from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.problems import MEDIA_TYPE
from api.schemas.base import Problem

_TEXTS: Final = {
    400: "The body cannot be parsed.",
    401: "Nobody is logged in.",
    403: "The caller may not do this.",
    404: "It does not exist, or the caller may not see it.",
    409: "It contradicts what is there.",
    412: "It was changed since it was read.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    422: "The request is not valid.",
    429: "Too many tries.",
    503: "The database does not answer.",
}
PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {
    status: {"description": text, "model": Problem} for status, text in _TEXTS.items()
}
_JSON: Final = "application/json"
_REFERENCE: Final = {"$ref": f"#/components/schemas/{Problem.__name__}"}


def openapi_document(app: FastAPI) -> dict[str, Any]:
    """Made once; routes do not change while the application runs."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title, version=app.version, summary=app.summary, routes=app.routes
        )
        for operation in _operations(document):
            _say_problems(operation)
            _leave_out_nulls(operation)
        app.openapi_schema = document
    return app.openapi_schema


def _operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [operation for path in document["paths"].values() for operation in path.values()]


def _say_problems(operation: dict[str, Any]) -> None:
    for response in operation["responses"].values():
        content = response.get("content", {})
        if content.get(_JSON, {}).get("schema") == _REFERENCE:
            response["content"] = {MEDIA_TYPE: content[_JSON]}


def _leave_out_nulls(operation: dict[str, Any]) -> None:
    """A parameter that is not given is left out; there is no null in a URL or a header."""
    for parameter in operation.get("parameters", []):
        schema = parameter["schema"]
        choices = [each for each in schema.pop("anyOf", []) if each != {"type": "null"}]
        if len(choices) == 1:
            schema |= choices[0]
        elif choices:
            schema["anyOf"] = choices
