"""What a request can ask of a collection, as query parameters that pydantic checks and OpenAPI shows."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

from api.schemas.base import Moment
from dataviz_pipelines.core.crud import Collection, Listing
from dataviz_pipelines.core.crud.listing import MAX_LIMIT


class RowQuery(BaseModel):
    """What a single row can be asked for. A parameter nobody knows is an error."""

    model_config = ConfigDict(extra="forbid")

    @property
    def included(self) -> list[str]:
        names: str | None = getattr(self, "include", None)
        return names.split(",") if names else []


class ListQuery(RowQuery):
    """What every list can be asked for."""

    limit: int = Field(50, ge=1, le=MAX_LIMIT)
    cursor: str | None = Field(
        None, max_length=1_000, description="`next_cursor` of the page before."
    )
    count: bool = Field(False, description="Whether to count all that match.")


def row_query(collection: Collection) -> type[RowQuery]:
    name = f"{_camel(collection.one)}RowQuery"
    return create_model(name, __base__=RowQuery, **_include(collection))


def list_query(collection: Collection) -> type[ListQuery]:
    """`sort`, `q`, `include`, the filters and the ranges of this collection, and nothing else."""
    fields: dict[str, Any] = {
        **_include(collection),
        "sort": _sort(collection),
        **{name: (_filter_type(collection, name) | None, None) for name in collection.all_filters},
        **_ranges(collection),
    }
    if collection.search:
        searched = " or ".join(collection.search)
        fields["q"] = (
            str | None,
            Field(None, max_length=200, description=f"Part of {searched}, in any case."),
        )
    return create_model(f"{_camel(collection.one)}Query", __base__=ListQuery, **fields)


def listing(
    query: ListQuery, collection: Collection, *, within: Mapping[str, Any] | None = None
) -> Listing:
    """`within` are values that the path says and not the query."""
    values = query.model_dump(exclude_none=True)
    return Listing(
        limit=values["limit"],
        cursor=values.get("cursor"),
        count=values["count"],
        sort=values["sort"],
        search=values.get("q"),
        filters={
            **{name: values[name] for name in collection.all_filters if name in values},
            **(within or {}),
        },
        since=_bounds(values, collection, "since"),
        before=_bounds(values, collection, "before"),
    )


def _sort(collection: Collection) -> tuple[Any, Any]:
    orders = tuple(f"{sign}{column}" for column in collection.sorts for sign in ("", "-"))
    return Literal[orders], Field(collection.order, description="Minus: descending.")


def _ranges(collection: Collection) -> dict[str, Any]:
    texts = {"since": "The first moment.", "before": "The first moment that is too late."}
    return {
        f"{column}_{bound}": (Moment | None, Field(None, description=text))
        for column in collection.ranges
        for bound, text in texts.items()
    }


def _bounds(values: dict[str, Any], collection: Collection, bound: str) -> dict[str, Any]:
    names = {column: f"{column}_{bound}" for column in collection.ranges}
    return {column: values[name] for column, name in names.items() if name in values}


def _include(collection: Collection) -> dict[str, Any]:
    if not collection.includes:
        return {}
    names = "|".join(collection.includes)
    field = Field(
        None,
        pattern=f"^({names})(,({names}))*$",
        description=f"What to show within each row, commas between: {', '.join(collection.includes)}.",
    )
    return {"include": (str | None, field)}


def _filter_type(collection: Collection, name: str) -> type:
    """Of a JSON array, the filter is one of its texts."""
    if name in collection.json_columns:
        return str
    return collection.all_filters[name].c[name].type.python_type


def _camel(words: str) -> str:
    return "".join(word.capitalize() for word in words.split())
