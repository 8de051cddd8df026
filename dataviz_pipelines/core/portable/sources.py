"""Which data source here a document means by one of its own: the one it is told, the same one, or one of the same name and kind."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from dataviz_pipelines.core.crud import Collection
from dataviz_pipelines.core.errors import Fault
from dataviz_pipelines.core.portable.errors import InvalidDocumentError
from dataviz_pipelines.core.portable.items import Item, Outcome
from dataviz_pipelines.core.portable.parts import Json, visible_rows
from dataviz_pipelines.core.security.caller import Caller


def mapped_sources(
    connection: Connection,
    caller: Caller,
    collection: Collection,
    document: Mapping[str, Any],
    told: Mapping[str, str],
) -> list[Item]:
    """One for each that the document describes or uses. `told` are ids here by ids in the document; raises
    InvalidDocumentError where the caller sees none like that."""
    described = {each["id"]: each for each in document["data_sources"]}
    used = (
        each["data_source_id"]
        for section in ("visualizations", "saved_queries")
        for each in document[section]
    )
    wanted = [each for each in dict.fromkeys((*described, *used)) if each is not None]
    names = [each["name"] for each in described.values()]
    known = {
        each["id"]: each
        for each in (
            *visible_rows(connection, caller, collection, [*wanted, *told.values()]),
            *visible_rows(connection, caller, collection, names, column="name"),
        )
    }
    _require_known(told, known)
    return [_mapped(source, described.get(source), told, known) for source in wanted]


def _mapped(
    source: str, described: Json | None, told: Mapping[str, str], known: Mapping[str, Json]
) -> Item:
    name = described["name"] if described else source
    here = told.get(source) or _same(source, described, known)
    if here is not None:
        return Item("data_source", source, name, Outcome.KEPT, here)
    message = "Say in `data_sources` which one here stands for it."
    return Item("data_source", source, name, Outcome.MISSING, messages=[message])


def _same(source: str, described: Json | None, known: Mapping[str, Json]) -> str | None:
    """Another engine would take other SQL."""
    if source in known or described is None:
        return source if source in known else None
    likeness = (described["name"], described["connection_type"])
    alike = (
        id for id, each in known.items() if (each["name"], each["connection_type"]) == likeness
    )
    return next(alike, None)


def _require_known(told: Mapping[str, str], known: Mapping[str, Json]) -> None:
    faults = [
        Fault(f"/data_sources/{source}", f"There is no data source {here}.")
        for source, here in told.items()
        if here not in known
    ]
    if faults:
        raise InvalidDocumentError(faults)
