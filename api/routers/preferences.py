"""A person's own preferences, by key."""

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
from api.schemas.configuration import Key, PreferenceRead, PreferenceWrite
from dataviz_pipelines.core.configuration.preferences import (
    PREFERENCES,
    forget_preference,
    get_preference,
    set_preference,
)
from dataviz_pipelines.core.crud import list_rows

router = APIRouter(prefix=f"{PREFIX}/me/preferences", tags=["preferences"])

Own = Annotated[Edge, Depends(Requires(None))]
KeyPath = Annotated[Key, Path()]
Asked = list_query(PREFERENCES)


@router.get("", operation_id="list_preferences", response_model=page_of(PreferenceRead))
def list_preferences(query: Annotated[Asked, Query()], edge: Own) -> Response:  # type: ignore[valid-type]  # made at run time
    asked = listing(query, PREFERENCES)
    return answer_page(edge.read(partial(list_rows, collection=PREFERENCES, listing=asked)))


@router.get("/{key}", operation_id="get_preference", response_model=PreferenceRead, responses=ITEM)
def get_one(key: KeyPath, edge: Own, if_none_match: IfNoneMatch = None) -> Response:
    return answer_row(edge.read(partial(get_preference, key=key)), if_none_match=if_none_match)


@router.put(
    "/{key}", operation_id="set_preference", response_model=PreferenceRead, responses={200: Etag}
)
def set_one(key: KeyPath, body: PreferenceWrite, edge: Own, if_match: IfMatch = None) -> Response:
    value = body.values()["preference_value"]
    return answer_row(edge.write(partial(set_preference, key=key, value=value, if_match=if_match)))


@router.delete("/{key}", operation_id="forget_preference", status_code=204)
def forget_one(key: KeyPath, edge: Own, if_match: IfMatch = None) -> Response:
    edge.write(partial(forget_preference, key=key, if_match=if_match))
    return Response(status_code=204)
