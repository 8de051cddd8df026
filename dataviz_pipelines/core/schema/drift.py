"""Where a live database differs from the models, and the statements that repair it.

The statements are in an order in which they can be run: what is in the way goes first, keys come before what refers to them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from dataviz_pipelines.core.db import DAGSTER_SCHEMA
from dataviz_pipelines.core.models.tables import Base
from dataviz_pipelines.core.schema import migrate, privileges, repair, store
from dataviz_pipelines.core.schema.catalog import Catalog, Constraint, Part, Table
from dataviz_pipelines.core.schema.catalog import partitions as partitions_of
from dataviz_pipelines.core.schema.catalog import schemas as schemas_of
from dataviz_pipelines.core.schema.partitions import expected_partitions, window
from dataviz_pipelines.core.schema.revisions import newest_revision
from dataviz_pipelines.core.schema.seeding import missing_seeds

MISSING = "is missing"
UNEXPECTED = "is not in the models"


@dataclass(frozen=True)
class Drift:
    """One difference: the thing, what is wrong with it, and what to run. Lines that begin with `--` are for the reader."""

    object: str
    what: str
    repair_sql: str


@dataclass(frozen=True)
class Comparison:
    """`wanted` are the models, `found` is the database, both without the tables that only one of them has right."""

    wanted: Catalog
    found: Catalog
    app: str

    @property
    def missing_tables(self) -> list[str]:
        return [
            table.name
            for table in Base.metadata.sorted_tables
            if self.wanted.tables[table.name].shape != self._shape(table.name)
        ]

    @property
    def unexpected_tables(self) -> list[str]:
        known = {migrate.VERSION_TABLE}
        return [
            name
            for name, table in self.found.tables.items()
            if name not in known and self._wanted_shape(name) != table.shape
        ]

    @property
    def common_tables(self) -> set[str]:
        return self.wanted.tables.keys() - set(self.missing_tables)

    def _shape(self, table: str) -> str | None:
        return self.found.tables[table].shape if table in self.found.tables else None

    def _wanted_shape(self, table: str) -> str | None:
        return self.wanted.tables[table].shape if table in self.wanted.tables else None


def structure(both: Comparison) -> Iterator[Drift]:
    """Differences of what the schema `public` holds."""
    yield from _functions(both)
    yield from _tables(both)
    yield from _unexpected_parts(both)
    yield from _columns(both)
    yield from _constraints(both)
    yield from _indexes(both)
    yield from _triggers(both)
    yield from _owners(both)


def surroundings(connection: Connection, app: str) -> Iterator[Drift]:
    """What must exist before anything else."""
    for schema in sorted(
        {"partitions", store.UPLOADS_SCHEMA, DAGSTER_SCHEMA} - schemas_of(connection)
    ):
        yield Drift(f"schema {schema}", MISSING, repair.create_schema(schema))
    if not store.extension_exists(connection):
        yield Drift("extension pg_trgm", MISSING, repair.create_extension())
    if not store.role_exists(connection, app):
        yield Drift(f"role {app}", MISSING, repair.create_role(app))


def contents(connection: Connection, both: Comparison, *, at: datetime) -> Iterator[Drift]:
    """Partitions, the revision that the migrations have noted, privileges and seeds."""
    absent = sorted(expected_partitions(at) - partitions_of(connection))
    if absent:
        names = ", ".join(name for _, name in absent)
        first, last = window(at)
        statement = repair.create_partitions(first.isoformat(), last.isoformat())
        yield Drift("partitions", f"{MISSING}: {names}", statement)
    yield from _migration(connection, both.app)
    for problem, statement in privileges.repairs(connection, both.app).items():
        yield Drift("privileges", problem, statement)
    for seed in missing_seeds(connection, tables=both.common_tables):
        yield Drift(f"seed {seed.name}", MISSING, repair.plant(seed))


def _migration(connection: Connection, app: str) -> Iterator[Drift]:
    newest, current = newest_revision(), migrate.current_revision(connection)
    if current != newest:
        what = f"is {current or 'not noted'}, the newest is {newest}"
        statements = [repair.stamp(newest), *privileges.reset(migrate.VERSION_TABLE, app)]
        yield Drift("migration", what, "\n".join(statements))


def _functions(both: Comparison) -> Iterator[Drift]:
    for signature, function in both.wanted.functions.items():
        found = both.found.functions.get(signature)
        name = signature.partition("(")[0]
        if found is None or found.definition != function.definition:
            what = MISSING if found is None else "differs from the models"
            statements = [repair.create_function(name), *privileges.reset_function(signature)]
            yield Drift(f"function {signature}", what, "\n".join(statements))
    for signature in both.found.functions.keys() - both.wanted.functions.keys():
        yield Drift(f"function {signature}", UNEXPECTED, repair.drop_function(signature))


def _tables(both: Comparison) -> Iterator[Drift]:
    unexpected = set(both.unexpected_tables)
    missing = both.missing_tables
    for table in sorted(unexpected - set(missing)):
        yield Drift(f"table {table}", UNEXPECTED, repair.move_away(table))
    for table in missing:
        if table in unexpected:
            yield _reshaped(table, both)
        else:
            yield Drift(f"table {table}", MISSING, _create(table, both))


def _reshaped(table: str, both: Comparison) -> Drift:
    wanted, found = both.wanted.tables[table], both.found.tables[table]
    what = f"is a {found.shape}, not a {wanted.shape}"
    if found == Table(f"{wanted.shape}, unlogged", found.owner):
        return Drift(f"table {table}", what, repair.set_logged(table))
    shared = [
        column
        for owner, column in both.wanted.columns
        if owner == table and (table, column) in both.found.columns
    ]
    statements = [
        repair.move_away(table),
        _create(table, both),
        repair.create_partitions("today", "today") if "partitioned" in wanted.shape else "",
        repair.copy_back(table, shared),
    ]
    return Drift(f"table {table}", what, "\n".join(statements))


def _create(table: str, both: Comparison) -> str:
    """A new table comes with the default privileges, which are too many for some."""
    return "\n".join([repair.create_table(table), *privileges.reset(table, both.app)])


def _unexpected_parts(both: Comparison) -> Iterator[Drift]:
    for table, name in _extra(both, both.found.triggers, both.wanted.triggers):
        yield Drift(f"trigger {name} of {table}", UNEXPECTED, repair.drop_trigger(table, name))
    constraints = _extra(both, both.found.constraints, both.wanted.constraints)
    for table, name in sorted(constraints, key=lambda part: _order(both.found.constraints[part])):
        yield Drift(
            f"constraint {name} of {table}", UNEXPECTED, repair.drop_constraint(table, name)
        )
    for _, name in _extra(both, both.found.indexes, both.wanted.indexes):
        yield Drift(f"index {name}", UNEXPECTED, repair.drop_index(name))
    for table, name in _extra(both, both.found.columns, both.wanted.columns):
        yield Drift(f"column {table}.{name}", UNEXPECTED, repair.drop_column(table, name))


def _columns(both: Comparison) -> Iterator[Drift]:
    for table, name in _of_common(both, both.wanted.columns):
        wanted = both.wanted.columns[table, name]
        found = both.found.columns.get((table, name))
        if found is None:
            yield Drift(f"column {table}.{name}", MISSING, repair.add_column(table, name, wanted))
        elif found != wanted:
            statement = repair.alter_column(table, name, wanted, found)
            yield Drift(f"column {table}.{name}", f"is {found}, not {wanted}", statement)


def _constraints(both: Comparison) -> Iterator[Drift]:
    """Keys first, then checks, then what refers to keys."""
    wanted = both.wanted.constraints
    for table, name in sorted(
        _of_common(both, wanted), key=lambda part: _order(wanted[part]), reverse=True
    ):
        constraint, found = wanted[table, name], both.found.constraints.get((table, name))
        if found == constraint:
            continue
        statements = [repair.add_constraint(table, name)]
        if found is not None:
            statements.insert(0, repair.drop_constraint(table, name))
        what = MISSING if found is None else f"reads {found.definition}"
        yield Drift(f"constraint {name} of {table}", what, "\n".join(statements))


def _indexes(both: Comparison) -> Iterator[Drift]:
    for table, name in _of_common(both, both.wanted.indexes):
        wanted, found = both.wanted.indexes[table, name], both.found.indexes.get((table, name))
        if found == wanted:
            continue
        statements = [repair.create_index(table, name)]
        if found is not None:
            statements.insert(0, repair.drop_index(name))
        what = MISSING if found is None else f"reads {found}"
        yield Drift(f"index {name}", what, "\n".join(statements))


def _triggers(both: Comparison) -> Iterator[Drift]:
    for table, name in _of_common(both, both.wanted.triggers):
        found = both.found.triggers.get((table, name))
        if found != both.wanted.triggers[table, name]:
            statements = [repair.drop_trigger(table, name), repair.create_trigger(table, name)]
            what = MISSING if found is None else f"reads {found}"
            yield Drift(f"trigger {name} of {table}", what, "\n".join(statements))


def _owners(both: Comparison) -> Iterator[Drift]:
    for table in sorted(both.common_tables):
        owner, found = both.wanted.tables[table].owner, both.found.tables[table].owner
        if owner != found:
            # what the old owner could do passes to the new one, so the application's privileges are said anew
            statements = [repair.own_table(table, owner), *privileges.reset(table, both.app)]
            yield Drift(f"table {table}", f"belongs to {found}", "\n".join(statements))
    for signature, function in both.wanted.functions.items():
        live = both.found.functions.get(signature)
        if live is not None and live.owner != function.owner:
            statement = repair.own_function(signature, function.owner)
            yield Drift(f"function {signature}", f"belongs to {live.owner}", statement)


def _order(constraint: Constraint) -> int:
    return "fxcup".index(constraint.kind)


def _extra(
    both: Comparison, found: Mapping[Part, object], wanted: Mapping[Part, object]
) -> list[Part]:
    return [part for part in _of_common(both, found) if part not in wanted]


def _of_common(both: Comparison, parts: Mapping[Part, object]) -> list[Part]:
    common = both.common_tables
    return [part for part in parts if part[0] in common]
