"""THE status table: which HTTP status each kind of core error is, as problem+json (RFC 9457)."""

from collections.abc import Mapping
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from dataviz_pipelines.core.errors import (
    AuthenticationError,
    ConfigurationError,
    ConflictError,
    DatavizError,
    ForbiddenError,
    InvalidInputError,
    NotFoundError,
    PreconditionFailedError,
    ThrottledError,
    UnavailableError,
)

STATUS: dict[type[DatavizError], HTTPStatus] = {
    NotFoundError: HTTPStatus.NOT_FOUND,
    ConflictError: HTTPStatus.CONFLICT,
    InvalidInputError: HTTPStatus.UNPROCESSABLE_ENTITY,
    PreconditionFailedError: HTTPStatus.PRECONDITION_FAILED,
    AuthenticationError: HTTPStatus.UNAUTHORIZED,
    ForbiddenError: HTTPStatus.FORBIDDEN,
    ThrottledError: HTTPStatus.TOO_MANY_REQUESTS,
    UnavailableError: HTTPStatus.SERVICE_UNAVAILABLE,
    ConfigurationError: HTTPStatus.SERVICE_UNAVAILABLE,
    DatavizError: HTTPStatus.INTERNAL_SERVER_ERROR,
}


def add_error_handlers(app: FastAPI) -> None:
    app.add_exception_handler(DatavizError, _known_error)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _unexpected_error)


def _known_error(request: Request, error: Exception) -> JSONResponse:  # noqa: ARG001  # starlette's signature
    status = next(status for kind, status in STATUS.items() if isinstance(error, kind))
    return _problem(status, str(error), kind=f"urn:dataviz:{type(error).__name__}")


def _invalid_request(request: Request, error: Exception) -> JSONResponse:  # noqa: ARG001
    """Names the place of each mistake; what was sent is not repeated, it may hold a secret."""
    mistakes = error.errors() if isinstance(error, RequestValidationError) else []
    errors = [
        {"place": ".".join(map(str, each["loc"])), "message": each["msg"]} for each in mistakes
    ]
    return _problem(
        HTTPStatus.UNPROCESSABLE_ENTITY, "The request is not valid.", extra={"errors": errors}
    )


def _http_error(request: Request, error: Exception) -> JSONResponse:  # noqa: ARG001
    if not isinstance(error, HTTPException):
        raise error
    return _problem(HTTPStatus(error.status_code), error.detail, headers=error.headers)


def _unexpected_error(request: Request, error: Exception) -> JSONResponse:  # noqa: ARG001
    """The server logs the error; the caller learns nothing of it."""
    return _problem(HTTPStatus.INTERNAL_SERVER_ERROR, "An unexpected error; the API's log has it.")


def _problem(
    status: HTTPStatus,
    detail: str,
    *,
    kind: str = "about:blank",
    extra: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    return JSONResponse(
        {
            "type": kind,
            "title": status.phrase,
            "status": status.value,
            "detail": detail,
            **(extra or {}),
        },
        status_code=status.value,
        headers=headers,
        media_type="application/problem+json",
    )
