"""Plants the seeds that are missing."""

from sqlalchemy import Connection

from dataviz_pipelines.core.schema import store
from dataviz_pipelines.core.schema.seeds import Seed, all_seeds


def plant(connection: Connection) -> list[str]:
    """Names of the rows that were inserted."""
    missing = missing_seeds(connection)
    for seed in missing:
        connection.execute(store.insert_seed(seed.table, seed.values))
    return [seed.name for seed in missing]


def missing_seeds(connection: Connection) -> list[Seed]:
    seeds = all_seeds()
    present = {
        (seed.table.name, seed.key): store.present_keys(connection, seed.table, seed.key)
        for seed in seeds
    }
    return [
        seed for seed in seeds if seed.values[seed.key] not in present[seed.table.name, seed.key]
    ]
