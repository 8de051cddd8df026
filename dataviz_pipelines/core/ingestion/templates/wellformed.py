"""From JSON text to a document, with what pydantic has to say turned into JSON paths."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from dataviz_pipelines.core.ingestion.templates.problems import (
    Part,
    Problem,
    TemplateProblemsError,
    json_path,
)
from dataviz_pipelines.core.models.documents.uploads import TemplateDocument


def read_document(document: Mapping[str, Any] | str | bytes) -> TemplateDocument:
    """Raises TemplateProblemsError."""
    content = _parsed(document) if isinstance(document, str | bytes) else document
    try:
        return TemplateDocument.model_validate(content)
    except ValidationError as error:
        raise TemplateProblemsError(_merged(error.errors(include_url=False), content)) from error


def _parsed(text: str | bytes) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_without_repeats, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        problem = Problem(
            "", f"it is not JSON: line {error.lineno}, column {error.colno}: {error.msg}"
        )
        raise TemplateProblemsError([problem]) from error
    except (UnicodeDecodeError, RecursionError) as error:
        problem = Problem("", f"it is not JSON: {type(error).__name__}")
        raise TemplateProblemsError([problem]) from error


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """JSON lets a later key silently replace an earlier one."""
    content = dict(pairs)
    if len(content) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise TemplateProblemsError([Problem("", f"the key {twice!r} stands twice in one object")])
    return content


def _refuse_constant(name: str) -> NoReturn:
    raise TemplateProblemsError([Problem("", f"{name} is not JSON")])


def _merged(errors: Sequence[ErrorDetails], content: Any) -> list[Problem]:
    """One problem for each place: a value of several possible types fails once for each of them."""
    messages: dict[str, list[str]] = {}
    for error in errors:
        path = json_path(_path(error, content))
        message = _message(error)
        if message not in messages.setdefault(path, []):
            messages[path].append(message)
    return [Problem(path, ", or ".join(several)) for path, several in messages.items()]


def _path(error: ErrorDetails, content: Any) -> list[Part]:
    """The location without what pydantic adds for its own sake: the tags and types of unions."""
    path: list[Part] = []
    for part in error["loc"]:
        inside = _item(content, part)
        if inside is not _NOTHING:
            path.append(part)
            content = inside
        elif error["type"] == "missing" and part == error["loc"][-1]:
            path.append(part)
    return path


_NOTHING = object()


def _item(content: Any, part: Part) -> Any:
    if isinstance(content, Mapping) and isinstance(part, str):
        return content.get(part, _NOTHING)
    if isinstance(content, list) and isinstance(part, int) and part < len(content):
        return content[part]
    return _NOTHING


_MESSAGES = {
    "extra_forbidden": "there is no such option",
    "missing": "it must be given",
    "union_tag_not_found": "a step needs an op",
}


def _message(error: ErrorDetails) -> str:
    known = _MESSAGES.get(error["type"])
    if known is not None:
        return known
    message = error["msg"]
    return message[:1].lower() + message[1:]
