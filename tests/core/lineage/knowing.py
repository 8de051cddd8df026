"""Tables that are known, in few words, and what a query reads of them."""

from uuid import UUID, uuid5

from dataviz_pipelines.core.lineage.parsing import outline
from dataviz_pipelines.core.lineage.references import KnownTable, KnownTables

_SPACE = UUID(int=7)


def table_id(name: str) -> UUID:
    return uuid5(_SPACE, name)


def known(engine: str, tables: dict[str, str]) -> KnownTables:
    """Tables as `schema.table`, or `database.schema.table`, with their columns in one text."""
    return KnownTables(engine, [_known(name, columns) for name, columns in tables.items()])


def _known(name: str, columns: str) -> KnownTable:
    database, schema, table = ("db." + name).split(".")[-3:]
    return KnownTable(table_id(name), database, schema, table, frozenset(columns.split()))


def reads(engine: str, tables: dict[str, str], query: str) -> dict[str, str]:
    """For each table that is read: its columns, `?` behind those that it perhaps is not, `*` for all of them, and `?`
    alone when it perhaps is another table that is meant."""
    found = known(engine, tables).references(outline(query, engine))
    names = {table_id(name): name for name in tables}
    told = {}
    for each, reference in found.items():
        words = sorted(reference.columns) + [f"{name}?" for name in sorted(reference.perhaps)]
        words += ["*"] if reference.reads_all else []
        words += [] if reference.is_certain else ["?"]
        told[names[each]] = " ".join(words)
    return told
