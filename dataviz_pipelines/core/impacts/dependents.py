"""Which saved queries and visualizations read a table."""

from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from uuid import UUID

from sqlalchemy import Connection

from dataviz_pipelines.core.impacts import store
from dataviz_pipelines.core.impacts.readers import Reading, read
from dataviz_pipelines.core.lineage.references import KnownTables
from dataviz_pipelines.core.models.access import ResourceType
from dataviz_pipelines.core.security.caller import Caller


class Certainty(StrEnum):
    """`perhaps`: another table of the name can be meant. `unknown`: the query cannot be parsed."""

    CERTAIN = "certain"
    PERHAPS = "perhaps"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Dependent:
    """`columns` are those that it reads; `perhaps_columns` can be those of another table; `reads_all`: all of them."""

    resource_type: ResourceType
    resource_id: UUID
    name: str
    certainty: Certainty
    columns: list[str]
    perhaps_columns: list[str]
    reads_all: bool


def dependents(
    connection: Connection, caller: Caller, source_id: UUID, table_id: UUID
) -> list[Dependent]:
    """Those that the caller may see, what is certain first. Whatever cannot be parsed is among them: it may read the
    table."""
    engine = store.source(connection, source_id).engine
    known = KnownTables(
        engine, store.known_tables(connection, source_id, just_lost={(table_id, None)})
    )
    queries = store.queries(connection, source_id, caller)
    readings = read(queries, engine, known, partial(store.view_definitions, connection))
    found = [each for each in (_dependent(reading, table_id) for reading in readings) if each]
    order = list(Certainty)
    return sorted(found, key=lambda each: (order.index(each.certainty), each.name))


def _dependent(reading: Reading, table_id: UUID) -> Dependent | None:
    thing = reading.query.thing
    named = (thing.type, thing.id, thing.name)
    if reading.references is None:
        return Dependent(*named, Certainty.UNKNOWN, [], [], reads_all=False)
    reference = reading.references.get(table_id)
    if reference is None:
        return None
    return Dependent(
        *named,
        Certainty.CERTAIN if reference.is_certain else Certainty.PERHAPS,
        sorted(reference.columns),
        sorted(reference.perhaps - reference.columns),
        reference.reads_all,
    )
