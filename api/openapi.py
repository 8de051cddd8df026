"""The OpenAPI document: FastAPI's, with problems under their own media type, and who must log in."""

from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from api.deps import Requires
from api.matrix import route_accesses
from api.origin import SESSION_COOKIE
from api.problems import MEDIA_TYPE
from api.requests import FORM
from api.schemas.base import Problem
from api.schemas.uploads import UploadState

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
_SCHEMES: Final = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "A session's token or an API key.",
    },
    "cookie": {
        "type": "apiKey",
        "in": "cookie",
        "name": SESSION_COOKIE,
        "description": "Set by logging in.",
    },
}
_JSON: Final = "application/json"
_REFERENCE: Final = {"$ref": f"#/components/schemas/{Problem.__name__}"}


def openapi_document(app: FastAPI) -> dict[str, Any]:
    """Made once; routes do not change while the application runs."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title,
            version=app.version,
            summary=app.summary,
            routes=app.routes,
            separate_input_output_schemas=False,
        )
        _add_events(document)
        _say_who_must_log_in(app, document)
        _say_keys_plainly(document)
        for operation in _operations(document):
            _say_problems(operation)
            _leave_out_nulls(operation)
        app.openapi_schema = document
    return app.openapi_schema


def _add_events(document: dict[str, Any]) -> None:
    """What comes as events is no JSON to OpenAPI, but whoever reads them wants to know its parts."""
    _, found = models_json_schema(
        [(UploadState, "serialization")], ref_template="#/components/schemas/{model}"
    )
    document["components"]["schemas"] = found["$defs"] | document["components"]["schemas"]


def _say_who_must_log_in(app: FastAPI, document: dict[str, Any]) -> None:
    document["components"]["securitySchemes"] = _SCHEMES
    for route in route_accesses(app):
        operation = document["paths"].get(route.path, {}).get(route.method.lower())
        if operation is not None and isinstance(route.access, Requires):
            operation["security"] = [{scheme: []} for scheme in _SCHEMES]


def _say_keys_plainly(part: Any) -> None:
    """That all keys of an object match a pattern, in words from which clients that are generated learn what its values are."""
    for each in part.values() if isinstance(part, dict) else part:
        if isinstance(each, dict | list):
            _say_keys_plainly(each)
    if isinstance(part, dict) and len(part.get("patternProperties", ())) == 1:
        ((pattern, values),) = part.pop("patternProperties").items()
        part |= {"propertyNames": {"pattern": pattern}, "additionalProperties": values}


def _operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [operation for path in document["paths"].values() for operation in path.values()]


def _say_problems(operation: dict[str, Any]) -> None:
    for response in operation["responses"].values():
        content = response.get("content", {})
        if content.get(_JSON, {}).get("schema") == _REFERENCE:
            response["content"] = {MEDIA_TYPE: content[_JSON]}


def _leave_out_nulls(operation: dict[str, Any]) -> None:
    """A parameter or a field that is not given is left out; there is no null in a URL, a header or a form."""
    form = operation.get("requestBody", {}).get("content", {}).get(FORM, {}).get("schema", {})
    parameters = [parameter["schema"] for parameter in operation.get("parameters", [])]
    for schema in (*parameters, *form.get("properties", {}).values()):
        choices = [each for each in schema.pop("anyOf", []) if each != {"type": "null"}]
        if len(choices) == 1:
            schema |= choices[0]
        elif choices:
            schema["anyOf"] = choices
