"""THE status table: which HTTP status each kind of core error is, as problem+json (RFC 9457)."""

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from psycopg import errors as driver_errors
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException

from api.problems import ProblemResponse, problem
from dataviz_pipelines.core.errors import (
    AuthenticationError,
    ConfigurationError,
    ConflictError,
    DatavizError,
    Fault,
    ForbiddenError,
    InvalidInputError,
    NotFoundError,
    PreconditionFailedError,
    StorageFullError,
    ThrottledError,
    TooLargeError,
    UnavailableError,
    path_within,
)

STATUS: dict[type[DatavizError], HTTPStatus] = {
    NotFoundError: HTTPStatus.NOT_FOUND,
    ConflictError: HTTPStatus.CONFLICT,
    TooLargeError: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    InvalidInputError: HTTPStatus.UNPROCESSABLE_ENTITY,
    PreconditionFailedError: HTTPStatus.PRECONDITION_FAILED,
    AuthenticationError: HTTPStatus.UNAUTHORIZED,
    ForbiddenError: HTTPStatus.FORBIDDEN,
    ThrottledError: HTTPStatus.TOO_MANY_REQUESTS,
    StorageFullError: HTTPStatus.INSUFFICIENT_STORAGE,
    UnavailableError: HTTPStatus.SERVICE_UNAVAILABLE,
    ConfigurationError: HTTPStatus.SERVICE_UNAVAILABLE,
    DatavizError: HTTPStatus.INTERNAL_SERVER_ERROR,
}
RETRY_AFTER_S = 1


Handler = Callable[[Request, Exception], ProblemResponse]

logger = logging.getLogger(__name__)


def add_error_handlers(app: FastAPI) -> None:
    for kind, handler in _HANDLERS.items():
        app.add_exception_handler(kind, handler)
    app.add_exception_handler(Exception, _unexpected_error)


def problem_of(request: Request, error: Exception) -> ProblemResponse:
    """The same for what is not answered by FastAPI."""
    handler = next((_HANDLERS[kind] for kind in type(error).__mro__ if kind in _HANDLERS), None)
    if handler is not None:
        with suppress(Exception):  # it raises what nobody expected after all
            return handler(request, error)
    logger.error("request %s failed", request.scope.get("request_id"), exc_info=error)
    return _unexpected_error(request, error)


def _known_error(request: Request, error: Exception) -> ProblemResponse:  # noqa: ARG001  # starlette's signature
    if not isinstance(error, DatavizError):
        raise error
    status = next(status for kind, status in STATUS.items() if isinstance(error, kind))
    return problem(
        status,
        error.message,
        kind=f"urn:dataviz:{type(error).__name__.removesuffix('Error')}",
        remedy=error.remedy,
        errors=_faults(error),
        headers=_headers(error),
    )


def _faults(error: DatavizError) -> list[dict[str, str]] | None:
    place = getattr(error, "place", None)
    faults: Sequence[Fault] = getattr(error, "faults", ())
    found = faults or ([Fault(place, error.message)] if place else [])
    shown = [{"place": "body", "pointer": each.place, "message": each.message} for each in found]
    return shown or None


def _headers(error: DatavizError) -> dict[str, str] | None:
    if isinstance(error, ThrottledError):
        return {"Retry-After": str(error.retry_after_s)}
    if isinstance(error, AuthenticationError):
        return {"WWW-Authenticate": "Bearer"}
    if isinstance(error, TooLargeError | StorageFullError):
        return {"Connection": "close"}  # nobody reads the rest
    return None


def _invalid_request(request: Request, error: Exception) -> ProblemResponse:  # noqa: ARG001
    """Names the place of each mistake; what was sent is not repeated, it may hold a secret."""
    if not isinstance(error, RequestValidationError):
        raise error
    return problem(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "The request is not valid.",
        kind="urn:dataviz:InvalidRequest",
        errors=[_mistake(each, error.body) for each in error.errors()],
    )


def _mistake(error: Mapping[str, Any], body: Any) -> dict[str, str]:
    place, *path = error["loc"]
    if place == "body":
        path = path_within(body, path, is_missing=error["type"] == "missing")
    steps = (str(step).replace("~", "~0").replace("/", "~1") for step in path)
    return {
        "place": str(place),
        "pointer": "".join(f"/{step}" for step in steps),
        "message": error["msg"],
    }


def _http_error(request: Request, error: Exception) -> ProblemResponse:  # noqa: ARG001
    if not isinstance(error, HTTPException):
        raise error
    return problem(error.status_code, error.detail, headers=error.headers)


def _database_error(request: Request, error: Exception) -> ProblemResponse:
    cause = error.orig if isinstance(error, DBAPIError) else None
    if isinstance(cause, driver_errors.DataError):
        return problem(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "A value is not one that the database can hold.",
            kind="urn:dataviz:InvalidValue",
        )
    if isinstance(error, OperationalError):
        return _busy(request, error)
    raise error


def _busy(request: Request, error: Exception) -> ProblemResponse:  # noqa: ARG001
    return problem(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "The database does not answer, or is too busy.",
        kind="urn:dataviz:DatabaseUnavailable",
        remedy="Try again in a moment.",
        headers={"Retry-After": str(RETRY_AFTER_S)},
    )


def _unexpected_error(request: Request, error: Exception) -> ProblemResponse:  # noqa: ARG001
    """The server logs the error; the caller learns nothing of it."""
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "An unexpected error; the API's log has it.")


_HANDLERS: Final[dict[type, Handler]] = {
    DatavizError: _known_error,
    RequestValidationError: _invalid_request,
    HTTPException: _http_error,
    DBAPIError: _database_error,
    PoolTimeoutError: _busy,
}
