"""THE status table: which HTTP status each kind of core error is, as problem+json (RFC 9457)."""

from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from dataviz_pipelines.core.errors import (
    ConfigurationError,
    ConflictError,
    DatavizError,
    InvalidInputError,
    NotFoundError,
    UnavailableError,
)

STATUS: dict[type[DatavizError], HTTPStatus] = {
    NotFoundError: HTTPStatus.NOT_FOUND,
    ConflictError: HTTPStatus.CONFLICT,
    InvalidInputError: HTTPStatus.UNPROCESSABLE_ENTITY,
    UnavailableError: HTTPStatus.SERVICE_UNAVAILABLE,
    ConfigurationError: HTTPStatus.SERVICE_UNAVAILABLE,
    DatavizError: HTTPStatus.INTERNAL_SERVER_ERROR,
}


def add_error_handlers(app: FastAPI) -> None:
    app.add_exception_handler(DatavizError, _known_error)


def _known_error(request: Request, error: Exception) -> JSONResponse:  # noqa: ARG001  # starlette's signature
    status = next(status for kind, status in STATUS.items() if isinstance(error, kind))
    return JSONResponse(
        {
            "type": f"urn:dataviz:{type(error).__name__}",
            "title": status.phrase,
            "status": status.value,
            "detail": str(error),
        },
        status_code=status.value,
        media_type="application/problem+json",
    )
