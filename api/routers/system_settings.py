"""The platform's settings, by key."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from starlette.responses import Response

from api.answers import answer_page, answer_row
from api.crud import ITEM, Etag, IfMatch, IfNoneMatch
from api.deps import Edge, Requires
from api.queries import list_query, listing
from api.resources import PREFIX
from api.schemas.base import page_of
from api.schemas.configuration import Key, SettingRead, SettingUpdate
from dataviz_pipelines.core.configuration.system import SETTINGS, change_setting, get_setting
from dataviz_pipelines.core.crud import list_rows

router = APIRouter(prefix=f"{PREFIX}/settings", tags=["settings"])

Viewing = Annotated[Edge, Depends(Requires(None))]
Editing = Annotated[Edge, Depends(Requires("system_settings:edit"))]
KeyPath = Annotated[Key, Path()]
Asked = list_query(SETTINGS)


@router.get("", operation_id="list_settings", response_model=page_of(SettingRead))
def list_settings(query: Annotated[Asked, Query()], edge: Viewing) -> Response:  # type: ignore[valid-type]  # made at run time
    """The public ones, or all for whoever may view them."""
    asked = listing(query, SETTINGS)
    return answer_page(edge.read(partial(list_rows, collection=SETTINGS, listing=asked)))


@router.get("/{key}", operation_id="get_setting", response_model=SettingRead, responses=ITEM)
def get_one(key: KeyPath, edge: Viewing, if_none_match: IfNoneMatch = None) -> Response:
    return answer_row(edge.read(partial(get_setting, key=key)), if_none_match=if_none_match)


@router.patch(
    "/{key}", operation_id="update_setting", response_model=SettingRead, responses={200: Etag}
)
def update_one(
    key: KeyPath, body: SettingUpdate, edge: Editing, if_match: IfMatch = None
) -> Response:
    change = partial(change_setting, key=key, values=body.values(), if_match=if_match)
    return answer_row(edge.write(change))
