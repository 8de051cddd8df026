"""Loading files: against COPY without validation, against pandas, and in memory.

python -m benchmarks.ingestion [--rows 1000000] [--large 10000000] [--rounds 5] [--no-platform]
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import psycopg
from python_calamine import CalamineWorkbook
from sqlalchemy import make_url

from benchmarks import data, platform
from benchmarks.report import Report, errors
from dataviz_pipelines.core.db import create_database_engine, database_urls
from dataviz_pipelines.core.ingestion.context import Ingestion
from dataviz_pipelines.core.ingestion.service import load_upload, register_upload
from dataviz_pipelines.core.ingestion.templates import StoredTemplate, check_template, save_template
from dataviz_pipelines.core.models.uploads import UploadSource
from dataviz_pipelines.core.schema.service import set_up
from dataviz_pipelines.core.settings import Settings
from dataviz_pipelines.local.binaries import find_binaries
from dataviz_pipelines.local.postgres import database

XLSX_ROWS = 100_000


@dataclass(frozen=True)
class Bench:
    settings: Settings
    ingestion: Ingestion
    template: StoredTemplate
    workbook_template: StoredTemplate

    @property
    def owner_url(self) -> str:
        owner = database_urls(self.settings).owner.set(drivername="postgresql")
        return owner.render_as_string(hide_password=False)

    def execute(self, statement: str) -> None:
        with psycopg.connect(self.owner_url, autocommit=True) as connection:
            connection.execute(statement)

    def fresh(self) -> None:
        """Nothing left of the round before: no table, no upload, no dirty pages to be written meanwhile."""
        self.execute("DROP TABLE IF EXISTS uploads.orders")
        self.execute("TRUNCATE public.upload_history CASCADE")
        self.execute("DROP TABLE IF EXISTS uploads.copied")
        self.execute(f"CREATE TABLE uploads.copied ({data.COLUMNS})")
        self.execute("CHECKPOINT")

    def register(self, path: Path, template: StoredTemplate) -> UUID:
        return register_upload(self.ingestion, template, path, source=UploadSource.CLI)

    def environment(self) -> dict[str, str]:
        """That of a process as users have it."""
        urls = database_urls(self.settings)
        return os.environ | {
            "PYTHONPATH": str(_without_hypothesis(self.settings.root)),
            "DATAVIZ_HOME": str(self.settings.root),
            "DATAVIZ_DATABASE_URL": urls.owner.render_as_string(hide_password=False),
            "DATAVIZ_APP_DATABASE_URL": urls.app.render_as_string(hide_password=False),
        }


@contextmanager
def prepared(home: Path) -> Iterator[Bench]:
    with database(Settings(home=home)) as settings:
        set_up(settings)
        engine = create_database_engine(database_urls(settings).app, application_name="benchmark")
        workbook = data.TEMPLATE | {"name": "orders workbook", "file_format": "excel"}
        with engine.begin() as connection:
            template, _ = save_template(connection, check_template(data.TEMPLATE))
            workbook_template, _ = save_template(connection, check_template(workbook))
        yield Bench(settings, Ingestion(engine, settings.rejects), template, workbook_template)
        engine.dispose()


def seconds(action: Callable[[], object]) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def copy(bench: Bench, good: Path) -> None:
    """psql is told nothing but to COPY; the file has as many rows as the one that is validated."""
    url = make_url(bench.owner_url)
    psql = find_binaries().program("psql")
    place = [
        "-h",
        str(url.host),
        "-p",
        str(url.port),
        "-U",
        str(url.username),
        "-d",
        str(url.database),
    ]
    command = [psql, "-q", *place, "-c", f"\\copy uploads.copied from '{good}' csv"]
    subprocess.run(command, check=True, env=os.environ | {"PGPASSWORD": url.password or ""})


def warm_ratio(bench: Bench, source: Path, good: Path, *, rounds: int, report: Report) -> float:
    """Pairs in turn, so that both see the machine in the same mood. Returns the median seconds of COPY."""
    load_upload(bench.ingestion, bench.register(source, bench.template))  # imports and caches
    ours, copies = [], []
    for _ in range(rounds):
        bench.fresh()
        copies.append(seconds(lambda: copy(bench, good)))
        bench.fresh()
        upload_id = bench.register(source, bench.template)
        ours.append(seconds(lambda upload=upload_id: load_upload(bench.ingestion, upload)))
    ratios = [mine / theirs for mine, theirs in zip(ours, copies, strict=True)]
    report.add("copy_s", statistics.median(copies), "s")
    report.add("warm_s", statistics.median(ours), "s")
    report.add("ratio_to_copy_warm", statistics.median(ratios), "times \\copy", target=1.3)
    return statistics.median(copies)


def process_ratio(bench: Bench, source: Path, good: Path, *, rounds: int, report: Report) -> float:
    """The whole command, imports included. Returns its median seconds."""
    dataviz = Path(sys.executable).with_name("dataviz")
    command = [str(dataviz), "ingest", str(source), "-t", "orders", "--json"]
    ours, ratios = [], []
    for _ in range(rounds):
        bench.fresh()
        theirs = seconds(lambda: copy(bench, good))
        bench.fresh()
        ours.append(seconds(lambda: _run(command, bench.environment())))
        ratios.append(ours[-1] / theirs)
    report.add("process_s", statistics.median(ours), "s")
    report.add("ratio_to_copy_process", statistics.median(ratios), "times \\copy", target=1.8)
    return statistics.median(ours)


def _without_hypothesis(folder: Path) -> Path:
    """pandera loads it where it is installed, which is where people develop and not where they load files."""
    stand_in = folder / "without" / "hypothesis.py"
    stand_in.parent.mkdir(exist_ok=True)
    stand_in.write_text('raise ImportError("this process is measured as users have it")\n')
    return stand_in.parent


def pandas_ratio(bench: Bench, source: Path, process_s: float, report: Report) -> None:
    bench.fresh()
    url = database_urls(bench.settings).owner.render_as_string(hide_password=False)
    naive_s = seconds(
        lambda: _run(
            [sys.executable, "-m", "benchmarks.naive", str(source), url], bench.environment()
        )
    )
    report.add("pandas_s", naive_s, "s")
    report.add("ratio_to_pandas", naive_s / process_s, "times faster", target=8, at_least=True)


def memory(bench: Bench, source: Path, name: str, report: Report) -> None:
    bench.fresh()
    upload_id = bench.register(source, bench.template)
    command = [sys.executable, "-m", "benchmarks.memory", str(upload_id)]
    report.add(name, float(_run(command, bench.environment())), "MB", target=400)


def workbook_ratio(bench: Bench, report: Report) -> None:
    """Against what the design allows: twice calamine's bare reading plus 1.3 times \\copy of as many rows."""
    path, good = data.orders_xlsx(XLSX_ROWS), data.good_csv(data.orders_csv(XLSX_ROWS))
    budgets, ours = [], []
    for _ in range(3):
        bench.fresh()
        reading_s = seconds(
            lambda: CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
        )
        budgets.append(2 * reading_s + 1.3 * seconds(lambda: copy(bench, good)))
        bench.fresh()
        upload_id = bench.register(path, bench.workbook_template)
        ours.append(seconds(lambda upload=upload_id: load_upload(bench.ingestion, upload)))
    report.add("xlsx_s", statistics.median(ours), "s")
    ratios = [mine / budget for mine, budget in zip(ours, budgets, strict=True)]
    report.add("xlsx_ratio_to_budget", statistics.median(ratios), "times the budget", target=1)


def _run(command: list[str], environment: dict[str, str]) -> str:
    return subprocess.run(
        command, check=True, capture_output=True, text=True, env=environment
    ).stdout


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument(
        "--large", type=int, default=10_000_000, help="rows of the second memory figure; 0: none"
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--no-platform", action="store_true", help="leave out file drops and start-up"
    )
    arguments = parser.parse_args()
    report = Report("ingestion")
    errors.print(f"Preparing files of {arguments.rows:,} rows …")
    source = data.orders_csv(arguments.rows)
    good = data.good_csv(source)
    with tempfile.TemporaryDirectory(prefix="dataviz-bench-") as folder:
        with prepared(Path(folder) / "home") as bench:
            warm_ratio(bench, source, good, rounds=arguments.rounds, report=report)
            process_s = process_ratio(bench, source, good, rounds=arguments.rounds, report=report)
            memory(bench, source, "rss_anon_mb", report)
            workbook_ratio(bench, report)
            pandas_ratio(bench, source, process_s, report)
            if arguments.large:
                memory(bench, data.orders_csv(arguments.large), "rss_anon_large_mb", report)
        if not arguments.no_platform:
            platform.measure(Path(folder) / "platform", report)
    report.publish()


if __name__ == "__main__":
    main()
