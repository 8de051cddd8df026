"""The HTTP application: a factory, so that tests and servers each get their own."""

import gc
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial

from anyio import to_thread
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from sqlalchemy.util import greenlet_spawn
from starlette.types import ASGIApp
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from api import dagster_ui, pages
from api.connecting import Connecting
from api.crud import resource_router
from api.errors import add_error_handlers
from api.hashing import Hashing
from api.mailing import Mailing
from api.openapi import PROBLEMS, openapi_document
from api.plain import PlainRequests
from api.querying import Querying
from api.requests import EveryRequest, JsonOnly
from api.resources import PREFIX, RESOURCES
from api.routers import (
    analytics,
    api_keys,
    audit_logs,
    comments,
    dashboard_analytics,
    data_sources,
    discoveries,
    grants,
    health,
    layouts,
    me,
    notification_channels,
    notification_deliveries,
    notifications,
    owners,
    portable,
    preferences,
    profiles,
    public_dashboards,
    public_links,
    queries,
    rejects,
    roles,
    scheduler_jobs,
    schedules,
    search,
    sessions,
    system_settings,
    themes,
    upload_templates,
    uploads,
    users,
    versions,
)
from api.routing import RouteIndex
from api.uploading.state import Uploading
from dataviz_pipelines.core.db import create_database_engine, create_lanes, database_urls
from dataviz_pipelines.core.ingestion.transforms import load_transforms
from dataviz_pipelines.core.settings import Settings

POOL_SIZE = 10
LANES = 8
"""Connections of the event loop, which answers plain requests: as many of them are worked on at once, while more wait."""
THREADS = 4
"""Other requests that are worked on at once. More threads would take turns so often that all get slower."""
MAX_BODY_BYTES = 2 * 1024 * 1024
ROUTERS = (
    analytics.router,
    api_keys.router,
    audit_logs.router,
    comments.router,
    dashboard_analytics.router,
    data_sources.router,
    discoveries.router,
    grants.router,
    grants.principals,
    health.router,
    layouts.router,
    me.router,
    notification_channels.router,
    notification_channels.plain,
    notification_deliveries.router,
    notifications.router,
    owners.router,
    portable.router,
    preferences.router,
    public_dashboards.router,
    public_links.router,
    *queries.ROUTERS,
    rejects.router,
    roles.router,
    roles.holders,
    scheduler_jobs.router,
    scheduler_jobs.runs_router,
    schedules.router,
    search.router,
    search.tables,
    profiles.router,
    sessions.router,
    system_settings.router,
    themes.router,
    upload_templates.router,
    uploads.router,
    users.router,
    versions.router,
    dagster_ui.router,
    pages.router,
)
"""What is more than a plain resource. Where paths fit two of them, the first answers."""


class Api(FastAPI):
    def build_middleware_stack(self) -> ASGIApp:
        """Middleware that is added the usual way stands inside the one that answers unexpected errors."""
        settings: Settings = self.state.settings
        app: ASGIApp = PlainRequests(super().build_middleware_stack(), RESOURCES)
        app = JsonOnly(app, prefix=PREFIX, forms=frozenset({uploads.PATH}))
        if settings.allowed_origins:
            app = CORSMiddleware(
                app,
                allow_origins=settings.allowed_origins,
                allow_credentials=True,
                allow_methods=["*"],
                allow_headers=["*"],
                expose_headers=[
                    "ETag",
                    "Idempotent-Replay",
                    "Location",
                    "Retry-After",
                    "X-Request-Id",
                ],
            )
        app = EveryRequest(app)
        return ProxyHeadersMiddleware(app, trusted_hosts=settings.trusted_proxy_list)  # type: ignore[arg-type, return-value]  # uvicorn's own ASGI types


def create_app(settings: Settings | None = None) -> FastAPI:
    """Needs no database to start; readiness tells whether there is one."""
    app = Api(
        title="DataViz Pipelines",
        version="0.1.0",
        summary="Upload files, watch them load, and manage the platform.",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        max_body_size=MAX_BODY_BYTES,
        lifespan=_lifespan,
        responses=PROBLEMS,
    )
    app.state.settings = settings or Settings()
    app.openapi = partial(openapi_document, app)  # type: ignore[method-assign]  # FastAPI's way to extend it
    add_error_handlers(app)
    for router in ROUTERS:
        app.include_router(router)
    for resource in RESOURCES:
        app.include_router(resource_router(resource))
    app.router.routes[:0] = [RouteIndex(app.router.routes)]
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    to_thread.current_default_thread_limiter().total_tokens = THREADS
    app.state.threads = ThreadPoolExecutor(THREADS)
    urls = database_urls(app.state.settings)
    reading = create_database_engine(
        urls.app, application_name="api", pool_size=POOL_SIZE, checked=False, autocommit=True
    )
    app.state.reading = reading
    app.state.engine = reading.execution_options(isolation_level="READ COMMITTED")
    app.state.lanes = create_lanes(urls.app, application_name="api", most=LANES)
    app.state.functions = load_transforms(app.state.settings.transform_module_names)
    app.state.hashing = Hashing()
    app.state.connecting = Connecting(app.state.settings)
    app.state.querying = Querying(app.state.engine, app.state.connecting)
    app.state.uploading = Uploading.of(app.state.settings, app.state.reading)
    app.state.mailing = Mailing(app.state.settings)
    yield
    app.state.threads.shutdown()
    await greenlet_spawn(app.state.lanes.dispose)
    app.state.mailing.close()
    app.state.querying.close()
    app.state.connecting.close()
    app.state.hashing.close()
    reading.dispose()


gc.freeze()  # modules live as long as the process: to look for garbage among them makes the slowest requests slow
