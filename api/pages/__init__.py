"""Pages for people, at `/` and at `/api/docs`: plain files, sent as they are."""

from importlib.resources import files
from pathlib import Path
from typing import Final

import fastapi_offline
from fastapi import APIRouter, Depends, FastAPI
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from api.deps import Open

STATIC: Final = Path(__file__).parent / "static"
OWN_FILES_ONLY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
_NO_CACHE: Final = {"Cache-Control": "no-cache"}

router = APIRouter(include_in_schema=False, dependencies=[Depends(Open())])


class _Files(StaticFiles):
    """Asked about at each visit, so that a page and its script are never of two versions."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers.update(_NO_CACHE)
        return response


def add_pages(app: FastAPI) -> None:
    app.include_router(router)
    swagger = str(files(fastapi_offline).joinpath("static"))
    app.mount("/static/swagger", _Files(directory=swagger), name="swagger")
    app.mount("/static", _Files(directory=STATIC), name="static")


@router.get("/")
def page() -> Response:
    return _page("index.html")


@router.get("/api/docs")
def docs() -> Response:
    return _page("docs.html")


def _page(name: str) -> Response:
    headers = {"Content-Security-Policy": OWN_FILES_ONLY, **_NO_CACHE}
    return FileResponse(STATIC / name, headers=headers)
