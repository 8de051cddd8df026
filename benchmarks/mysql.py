"""Loading files into MariaDB, against LOAD DATA without validation: `make bench BENCH=mysql`.

Pairs in one run, so that both see the machine in the same mood. Nothing else should run.
"""

import argparse
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pymysql
from sqlalchemy import text

from benchmarks import data
from benchmarks.ingestion import seconds
from benchmarks.report import Report, errors
from dataviz_pipelines.core.db import create_database_engine, database_urls
from dataviz_pipelines.core.ingestion.context import Ingestion
from dataviz_pipelines.core.ingestion.service import load_upload, register_upload
from dataviz_pipelines.core.ingestion.templates import StoredTemplate, check_template, save_template
from dataviz_pipelines.core.models.uploads import UploadSource
from dataviz_pipelines.core.schema.service import set_up
from dataviz_pipelines.core.settings import Settings
from dataviz_pipelines.core.sources.by_hand import add_source, parse_connection
from dataviz_pipelines.local.postgres import database
from tests.servers.mariadb import mariadb_server
from tests.servers.processes import server_folder

NAME = "benchmark"
CONNECTION = (
    '{"connection_type": "mysql", "host": "127.0.0.1", "port": %d, "database": "benchmark", '
    '"user": "root", "tls_mode": "disable"}'
)
LOAD = (
    "LOAD DATA LOCAL INFILE %s INTO TABLE copied CHARACTER SET utf8mb4 FIELDS TERMINATED BY ',' "
    "(id, customer, email, amount, quantity, score, @active, day, created_at, note) "
    "SET active = @active = 'true'"
)


@dataclass(frozen=True)
class Bench:
    ingestion: Ingestion
    template: StoredTemplate
    port: int

    def execute(self, *statements: str) -> None:
        with self._connected() as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def load_data(self, good: Path) -> None:
        """One transaction, as ours is."""
        with self._connected() as connection, connection.cursor() as cursor:
            connection.begin()
            cursor.execute(LOAD, [str(good)])
            connection.commit()

    def load(self, source: Path) -> None:
        upload = register_upload(self.ingestion, self.template, source, source=UploadSource.CLI)
        load_upload(self.ingestion, upload)

    def fresh(self) -> None:
        """Nothing left of the round before but the tables, which are alike."""
        self.execute(
            "CREATE TABLE IF NOT EXISTS copied LIKE orders",
            "TRUNCATE copied",
            "TRUNCATE orders",
            "TRUNCATE dataviz_uploads",
        )
        with self.ingestion.engine.begin() as connection:
            connection.execute(text("UPDATE upload_history SET superseded_at = now()"))

    def _connected(self) -> "pymysql.Connection[pymysql.cursors.Cursor]":
        return pymysql.connect(
            host="127.0.0.1", port=self.port, user="root", database=NAME, autocommit=True, local_infile=True
        )  # fmt: skip


@contextmanager
def prepared(home: Path) -> Iterator[Bench]:
    with (
        database(Settings(home=home)) as started,
        server_folder("mariadb-benchmark") as folder,
        mariadb_server(folder, "--innodb-buffer-pool-size=1G", "--innodb-log-file-size=1G") as port,
    ):
        settings = started.model_copy(update={"allowed_networks": "127.0.0.1"})
        set_up(settings)
        with pymysql.connect(host="127.0.0.1", port=port, user="root") as connection:
            connection.cursor().execute(f"CREATE DATABASE {NAME}")
        engine = create_database_engine(database_urls(settings).app, application_name="benchmark")
        ingestion = Ingestion.of(engine, settings)
        yield Bench(ingestion, _template(ingestion, port), port)
        engine.dispose()


def _template(ingestion: Ingestion, port: int) -> StoredTemplate:
    destination = {"table": "orders", "schema": NAME, "data_source": NAME}
    document = data.TEMPLATE | {"destination_type": "mysql", "destination_config": destination}
    assert ingestion.sources is not None  # Ingestion.of gives some
    with ingestion.engine.begin() as connection:
        asked = parse_connection(CONNECTION % port)
        add_source(connection, NAME, asked, vault=ingestion.sources.vault, query=None)
        return save_template(connection, check_template(document))[0]


def measure(bench: Bench, source: Path, good: Path, *, rounds: int, report: Report) -> None:
    bench.load(source)  # imports, caches and the table
    ours, theirs = [], []
    for _ in range(rounds):
        bench.fresh()
        theirs.append(seconds(lambda: bench.load_data(good)))
        bench.fresh()
        ours.append(seconds(lambda: bench.load(source)))
    report.add("load_data_s", statistics.median(theirs), "s")
    report.add("ours_s", statistics.median(ours), "s")
    ratios = [mine / other for mine, other in zip(ours, theirs, strict=True)]
    report.add("ratio_to_load_data", statistics.median(ratios), "times LOAD DATA", target=1.5)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=500_000)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    report = Report("mysql")
    errors.print(f"Preparing files of {arguments.rows:,} rows …")
    source = data.orders_csv(arguments.rows)
    good = data.good_csv(source)
    with (
        tempfile.TemporaryDirectory(prefix="dataviz-bench-") as folder,
        prepared(Path(folder) / "home") as bench,
    ):
        measure(bench, source, good, rounds=arguments.rounds, report=report)
    report.publish()


if __name__ == "__main__":
    main()
