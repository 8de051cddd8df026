"""What a schema consists of, in PostgreSQL's own words: the models' schema and the live one are read the same way.

The models' schema is created for the purpose in a savepoint that is rolled back. So nothing has to be said twice, and
PostgreSQL, not we, decides when two definitions mean the same.
"""

from dataclasses import dataclass

from sqlalchemy import Connection

from dataviz_pipelines.core.models.tables import Base
from dataviz_pipelines.core.schema import store
from dataviz_pipelines.core.schema.blocks import blocks
from dataviz_pipelines.core.schema.triggers import all_triggers

LIVE = "public"
_SCRATCH = "dataviz_verify"
_FILE = "catalog.sql"

Part = tuple[str, str]
"""A table's name, and the name of one of its columns, constraints, indexes or triggers."""


@dataclass(frozen=True)
class Table:
    """`shape` says its kind and, for a partitioned one, by what."""

    shape: str
    owner: str


@dataclass(frozen=True)
class Column:
    """`default` is an expression; `generated` is empty for a plain column."""

    type: str
    not_null: bool
    default: str | None
    generated: str


@dataclass(frozen=True)
class Constraint:
    """`kind` is p(rimary key), u(nique), c(heck), f(oreign key) or x (exclusion)."""

    kind: str
    definition: str


@dataclass(frozen=True)
class Function:
    definition: str
    owner: str


@dataclass(frozen=True)
class Catalog:
    tables: dict[str, Table]
    columns: dict[Part, Column]
    constraints: dict[Part, Constraint]
    indexes: dict[Part, str]
    triggers: dict[Part, str]
    functions: dict[str, Function]


def read(connection: Connection, schema: str = LIVE) -> Catalog:
    """Leaves search_path set to `schema`."""
    store.set_search_path(connection, schema)

    def rows(block: str) -> list[tuple[str, ...]]:
        return [tuple(row) for row in store.rows(connection, _FILE, block, schema=schema)]

    return Catalog(
        tables={name: Table(*rest) for name, *rest in rows("tables")},
        columns={
            (table, name): Column(type_, bool(not_null), default, generated)
            for table, name, type_, not_null, default, generated in rows("columns")
        },
        constraints={
            (table, name): Constraint(*rest) for table, name, *rest in rows("constraints")
        },
        indexes={(table, name): definition for table, name, definition in rows("indexes")},
        triggers={(table, name): definition for table, name, definition in rows("triggers")},
        functions={name: Function(*rest) for name, *rest in rows("functions")},
    )


def read_models(connection: Connection) -> Catalog:
    """The catalog that the models would give. Nothing of it stays in the database."""
    with connection.begin_nested() as scratch:
        store.create_extension(connection)
        store.create_schema(connection, _SCRATCH)
        store.set_search_path(connection, _SCRATCH)
        for function in blocks("functions.sql").values():
            store.run_script(connection, function)
        Base.metadata.create_all(connection, checkfirst=False)
        for trigger in all_triggers():
            store.run_script(connection, trigger)
        catalog = read(connection, _SCRATCH)
        scratch.rollback()
    return catalog


def partitions(connection: Connection) -> set[Part]:
    return {(parent, child) for parent, child in store.rows(connection, _FILE, "partitions")}


def schemas(connection: Connection) -> set[str]:
    return {name for (name,) in store.rows(connection, _FILE, "schemas")}
