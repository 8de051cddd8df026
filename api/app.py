"""The HTTP application: a factory, so that tests and servers each get their own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.types import ASGIApp

from api.errors import add_error_handlers
from api.routers import health
from api.security import DOCS_PATH, SecurityHeaders
from dataviz_pipelines.core.db import create_database_engine, database_urls
from dataviz_pipelines.core.settings import Settings


class Api(FastAPI):
    def build_middleware_stack(self) -> ASGIApp:
        """Middleware that is added the usual way stands inside the one that answers unexpected errors."""
        return SecurityHeaders(super().build_middleware_stack())


def create_app(settings: Settings | None = None) -> FastAPI:
    """Needs no database to start; readiness tells whether there is one."""
    app = Api(
        title="DataViz Pipelines",
        version="0.1.0",
        summary="Upload files, watch them load, and manage the platform.",
        docs_url=DOCS_PATH,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        lifespan=_lifespan,
    )
    app.state.settings = settings or Settings()
    add_error_handlers(app)
    app.include_router(health.router)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    urls = database_urls(app.state.settings)
    app.state.engine = create_database_engine(urls.app, application_name="api")
    yield
    app.state.engine.dispose()
