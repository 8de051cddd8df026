"""F88: every route says whom it is for."""

from fastapi import FastAPI
from starlette.routing import Mount

from api.matrix import route_accesses


def test_f88_every_route_says_whom_it_is_for(app: FastAPI) -> None:
    silent = [f"{route.method} {route.path}" for route in route_accesses(app) if not route.access]
    assert silent == []


def test_f88_nothing_is_mounted_beside_the_routes(app: FastAPI) -> None:
    assert [route for route in app.routes if isinstance(route, Mount)] == []
