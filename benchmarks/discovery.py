"""Discovery of a database of many tables, against its own catalog queries alone and against SQLAlchemy: `make bench BENCH=discovery`.

Everything is measured in one run, in pairs, so that all see the machine in the same mood. Nothing else should run.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
from psycopg import sql
from sqlalchemy import Engine, create_engine, inspect, make_url, text
from sqlalchemy.engine.reflection import ObjectKind

from benchmarks.memory import PeakMemory
from benchmarks.report import Report, errors
from dataviz_pipelines.core.db import create_database_engine, database_urls
from dataviz_pipelines.core.discovery.engines.base import Limits
from dataviz_pipelines.core.discovery.engines.postgresql import PostgreSQL
from dataviz_pipelines.core.discovery.service import discover
from dataviz_pipelines.core.schema.service import set_up
from dataviz_pipelines.core.settings import Settings
from dataviz_pipelines.local.postgres import database

COLUMNS = (
    "id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, parent bigint REFERENCES t0, code varchar(20) NOT NULL UNIQUE, "
    "price numeric(12, 2) DEFAULT 0, sold_at timestamptz DEFAULT now(), sold_on date, is_new boolean DEFAULT true, "
    "weight double precision, tags text[], note text, document jsonb, pieces integer"
)
CATALOG = (
    "tables",
    "definitions",
    "view_texts",
    "columns",
    "keys",
    "indexes",
    "statistics",
    "locked",
)
TABLES_A_TRANSACTION = 500
INSPECTED = 100


@dataclass(frozen=True)
class Bench:
    platform: Engine
    source: str

    def connect(self) -> "psycopg.Connection[tuple[object, ...]]":
        return psycopg.connect(self.source)

    def new_source(self) -> UUID:
        source_id = uuid4()
        with self.platform.begin() as connection:
            connection.execute(
                text(
                    "INSERT INTO data_sources (id, name, connection_type, connection_config) "
                    "VALUES (:id, :name, 'postgresql', '{}')"
                ),
                {"id": source_id, "name": source_id.hex},
            )
        return source_id

    def forget(self, source_id: UUID) -> None:
        with self.platform.begin() as connection:
            connection.execute(text("DELETE FROM data_sources WHERE id = :id"), {"id": source_id})

    def discover(self, source_id: UUID) -> None:
        with self.connect() as connection:
            discover(self.platform, source_id, PostgreSQL(connection, Limits()))

    def last_write(self) -> list[tuple[object, ...]]:
        """Differs as soon as a row of what is known is written."""
        with self.platform.connect() as connection:
            return [
                tuple(row)
                for row in connection.execute(
                    text(
                        "SELECT count(*), max(xmin::text::bigint) FROM database_metadata UNION ALL "
                        "SELECT count(*), max(xmin::text::bigint) FROM column_metadata UNION ALL "
                        "SELECT count(*), max(xmin::text::bigint) FROM metadata_changes"
                    )
                )
            ]


@contextmanager
def prepared(home: Path) -> Iterator[Bench]:
    with database(Settings(home=home)) as settings:
        set_up(settings)
        urls = database_urls(settings)
        owner = urls.owner.set(drivername="postgresql")
        engine = create_database_engine(urls.app, application_name="benchmark")
        name = "benchmark_source"
        admin = owner.render_as_string(hide_password=False)
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield Bench(engine, owner.set(database=name).render_as_string(hide_password=False))
        engine.dispose()


def fill(bench: Bench, first: int, tables: int, views: int = 0, kept: int = 0) -> None:
    """In several transactions: each new table takes locks that a transaction keeps."""
    statements = [f"CREATE TABLE t{number} ({COLUMNS})" for number in range(first, tables)]
    statements += [f"CREATE VIEW v{number} AS SELECT * FROM t{number}" for number in range(views)]
    statements += [
        f"CREATE MATERIALIZED VIEW m{number} AS SELECT id, code FROM t{number}"
        for number in range(kept)
    ]
    with psycopg.connect(bench.source) as connection:
        for number, statement in enumerate(statements, 1):
            connection.execute(statement.encode())
            if number % TABLES_A_TRANSACTION == 0:
                connection.commit()
    with psycopg.connect(bench.source, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def seconds(action: Callable[[], object]) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def catalog(bench: Bench) -> None:
    """The engine's own queries with their rows fetched, and nothing made of them."""
    with bench.connect() as connection:
        engine = PostgreSQL(connection)
        with engine.reading():
            oids = [row[0] for row in engine.rows("tables")]
            for block in CATALOG[1:]:
                engine.rows(block, oids, is_measured=True)


def read(bench: Bench) -> None:
    """All that the engine tells, and nothing stored: what SQLAlchemy does too."""
    with bench.connect() as connection:
        engine = PostgreSQL(connection)
        with engine.reading():
            engine.describe(engine.tables().tables)


def at_once(engine: Engine) -> None:
    """All that SQLAlchemy's set-based functions tell of the same things."""
    inspector = inspect(engine)
    for question in (
        inspector.get_multi_columns,
        inspector.get_multi_pk_constraint,
        inspector.get_multi_foreign_keys,
        inspector.get_multi_unique_constraints,
        inspector.get_multi_indexes,
        inspector.get_multi_table_comment,
    ):
        question(kind=ObjectKind.ANY)


def one_by_one(engine: Engine, tables: int) -> None:
    inspector = inspect(engine)
    for number in range(tables):
        name = f"t{number}"
        inspector.get_columns(name)
        inspector.get_pk_constraint(name)
        inspector.get_foreign_keys(name)
        inspector.get_unique_constraints(name)
        inspector.get_indexes(name)
        inspector.get_table_comment(name)


def compare(bench: Bench, tables: int, rounds: int, report: Report) -> None:
    alchemy = create_engine(make_url(bench.source).set(drivername="postgresql+psycopg"))
    bare, reading, first, again, multi, single = [], [], [], [], [], []
    written = 0
    bench.discover(warm := bench.new_source())
    bench.forget(warm)
    for _ in range(rounds):
        source_id = bench.new_source()
        bare.append(seconds(lambda: catalog(bench)))
        reading.append(seconds(lambda: read(bench)))
        first.append(seconds(lambda source=source_id: bench.discover(source)))
        before = bench.last_write()
        again.append(seconds(lambda source=source_id: bench.discover(source)))
        written += bench.last_write() != before
        multi.append(seconds(lambda: at_once(alchemy)))
        single.append(seconds(lambda: one_by_one(alchemy, INSPECTED)) * tables / INSPECTED)
        bench.forget(source_id)
    alchemy.dispose()
    report.add("catalog_s", statistics.median(bare), "s")
    report.add("read_s", statistics.median(reading), "s")
    report.add("first_s", statistics.median(first), "s")
    report.add("unchanged_s", statistics.median(again), "s")
    report.add("first_ratio", _ratio(first, bare), "times the catalog queries", target=6)
    report.add("unchanged_ratio", _ratio(again, bare), "times the catalog queries", target=3)
    report.add("unchanged_runs_that_wrote", written, "runs", target=0)
    report.add("ratio_to_get_multi", _ratio(multi, first), "times faster", target=1, at_least=True)
    report.add(
        "ratio_to_inspector", _ratio(single, reading), "times faster", target=20, at_least=True
    )


def _ratio(ones: list[float], others: list[float]) -> float:
    return statistics.median(one / other for one, other in zip(ones, others, strict=True))


def memory(bench: Bench, report: Report) -> None:
    with PeakMemory() as peak:
        bench.discover(bench.new_source())
    report.add("rss_anon_mb", peak.peak_kb / 1024, "MB", target=300)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", type=int, default=2_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--large", type=int, default=20_000, help="tables of the memory figure; 0: none"
    )
    arguments = parser.parse_args()
    report = Report("discovery")
    with (
        tempfile.TemporaryDirectory(prefix="dataviz-bench-") as folder,
        prepared(Path(folder) / "home") as bench,
    ):
        errors.print(f"Preparing {arguments.tables:,} tables …")
        fill(bench, 0, arguments.tables, views=100, kept=20)
        compare(bench, arguments.tables, arguments.rounds, report)
        if arguments.large:
            errors.print(f"Preparing {arguments.large:,} tables …")
            fill(bench, arguments.tables, arguments.large)
            memory(bench, report)
    report.publish()


if __name__ == "__main__":
    main()
