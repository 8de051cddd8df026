"""Plants the seeds that are missing."""

from collections.abc import Set

from sqlalchemy import Connection

from dataviz_pipelines.core.schema import store
from dataviz_pipelines.core.schema.seeds import Seed, all_seeds


def plant(connection: Connection) -> list[str]:
    """Names of the rows that were inserted."""
    missing = missing_seeds(connection)
    for seed in missing:
        connection.execute(store.insert_seed(seed.table, seed.values))
    return [seed.name for seed in missing]


def missing_seeds(connection: Connection, *, tables: Set[str] | None = None) -> list[Seed]:
    """`tables` are those that exist; of any other all seeds are missing. None: all exist."""
    seeds = all_seeds()
    present = {
        (table.name, key): store.present_keys(connection, table, key)
        for table, key in {(seed.table, seed.key) for seed in seeds}
        if tables is None or table.name in tables
    }
    return [
        seed
        for seed in seeds
        if seed.values[seed.key] not in present.get((seed.table.name, seed.key), set())
    ]
