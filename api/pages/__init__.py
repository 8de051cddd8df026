"""Pages for people, at `/` and at `/api/docs`: plain files, sent as they are."""

from pathlib import Path
from typing import Final

from fastapi import APIRouter, Depends, Request
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles

from api.deps import Open

STATIC: Final = Path(__file__).parent / "static"
OWN_FILES_ONLY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
_FILES: Final = StaticFiles(directory=STATIC, packages=[("fastapi_offline", "static")])
_NO_CACHE: Final = {"Cache-Control": "no-cache"}

router = APIRouter(include_in_schema=False, dependencies=[Depends(Open())])


@router.get("/")
def page() -> Response:
    return _page("index.html")


@router.get("/api/docs")
def docs() -> Response:
    return _page("docs.html")


@router.get("/static/{path:path}")
async def static(path: str, request: Request) -> Response:
    """Asked about at each visit, so that a page and its script are never of two versions."""
    response = await _FILES.get_response(path, request.scope)
    response.headers.update(_NO_CACHE)
    return response


def _page(name: str) -> Response:
    headers = {"Content-Security-Policy": OWN_FILES_ONLY, **_NO_CACHE}
    return FileResponse(STATIC / name, headers=headers)
