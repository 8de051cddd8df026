"""The page for people at `/`: plain files, sent as they are."""

from pathlib import Path
from typing import Final

from fastapi import APIRouter, Depends, FastAPI
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from api.deps import Open

STATIC: Final = Path(__file__).parent / "static"
STATIC_PATH: Final = "/static"
OWN_FILES_ONLY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS: Final = {"Content-Security-Policy": OWN_FILES_ONLY, "Cache-Control": "no-cache"}

router = APIRouter(include_in_schema=False)


class _Files(StaticFiles):
    """Asked about at each visit, so that a page and its script are never of two versions."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers.update(_HEADERS)
        return response


def add_pages(app: FastAPI) -> None:
    app.include_router(router)
    app.mount(STATIC_PATH, _Files(directory=STATIC), name="static")


@router.get("/", dependencies=[Depends(Open())])
def page() -> Response:
    return FileResponse(STATIC / "index.html", media_type="text/html", headers=_HEADERS)
