"""Searching 100,000 columns of 5,000 tables, as somebody who sees all of them and as somebody who sees one source of five:
`make bench BENCH=search`. How long one search takes, its permission included, by the kind of question.
"""

import argparse
import random
import statistics
import tempfile
import time
from pathlib import Path
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import Connection, text

from benchmarks.report import Report
from dataviz_pipelines.core.db import create_database_engine, database_urls
from dataviz_pipelines.core.models.ids import new_id
from dataviz_pipelines.core.schema.service import set_up
from dataviz_pipelines.core.search import Question, search
from dataviz_pipelines.core.security.caller import Caller
from dataviz_pipelines.core.settings import Settings
from dataviz_pipelines.core.sql import copy_into
from dataviz_pipelines.local.postgres import database

SOURCES, TABLES, COLUMNS = 5, 5_000, 20
TARGET_MS: Final = 50
PAGE: Final = 50
_VOCABULARY: Final = (
    "account address amount approved average balance batch billing birth bonus branch budget campaign cancel carrier "
    "category channel city claim client code comment company contract cost country coupon created credit currency "
    "customer daily date debit delivery department description discount district due email employee end entry error "
    "event expected external factor family fee file first flag freight gender gross group height history hour image "
    "income index invoice item journal key label language last latitude ledger length level limit line link location "
    "login longitude loss manager margin market material maximum median member method minimum mobile month name net "
    "note number offer office online opened order origin owner package parent partner payment percent period person "
    "phone place plan point policy position postal price priority product profile profit project quantity quarter "
    "queue quote range rate reason receipt record reference refund region remark report request response result "
    "return revenue review risk route salary sales sample schedule score season sector segment seller serial service "
    "session share shipment signal size source stage start state status stock store street subject supplier support "
    "target task tax team term ticket time title token total trace track trade transaction transfer type unit update "
    "usage user valid value variant vendor version visit volume voucher warehouse weight width year zone"
)
WORDS: Final = _VOCABULARY.split()
QUESTIONS: Final = {
    "exact": ("id", "customer_id", "total_amount", "created_date"),
    "prefix": ("cust", "order_s", "warehou", "a"),
    "word": ("amount customer", "postal", "voucher code", "DueDate"),
    "similar": ("custmer_adress", "warehosue", "ustom", "ordre", "satus", "qzx"),
    "text": ("reviewed quarterly", "net income of branch", "sensitive"),
    "path": ("schema_1.table_7.id", "shop_1.order_total", "nothing.at.all"),
    "odd": ("%", "_", "🚀", "'; DROP TABLE x", "& | !", "日本"),
}


def fill(connection: Connection, made: random.Random) -> list[UUID]:
    sources = [uuid4() for _ in range(SOURCES)]
    copy_into(
        connection,
        "data_sources (id, name, connection_type, connection_config)",
        [(source, f"source {source}", "postgresql", "{}") for source in sources],
    )
    tables = [(new_id(), made.choice(sources)) for _ in range(TABLES)]
    copy_into(
        connection,
        "database_metadata (id, data_source_id, database_name, schema_name, table_name, table_type, source_comment)",
        [
            (table, source, "shop", f"schema_{number % 9}", f"{name(made)}_{number}", "table", said(made))
            for number, (table, source) in enumerate(tables)
        ],
    )  # fmt: skip
    copy_into(
        connection,
        "column_metadata (id, table_metadata_id, column_name, data_type, position, source_comment, tags)",
        [
            (new_id(), table, column, "text", position, said(made), made.choice(('[]', '[]', '["sensitive"]')))
            for table, _ in tables
            for position, column in enumerate(columns(made))
        ],
    )  # fmt: skip
    return sources


def name(made: random.Random) -> str:
    return "_".join(made.sample(WORDS, made.randint(1, 3)))


def columns(made: random.Random) -> list[str]:
    found = {"id", "🚀_launch"} if made.random() < 0.01 else {"id"}
    while len(found) < COLUMNS:
        found.add(name(made))
    return sorted(found)


def said(made: random.Random) -> str | None:
    return (
        None
        if made.random() < 0.5
        else f"The {' '.join(made.sample(WORDS, 8))}, reviewed quarterly."
    )


def measure(
    connection: Connection, caller: Caller, questions: tuple[str, ...], rounds: int
) -> list[float]:
    """Milliseconds of each search."""
    taken = []
    for _ in range(rounds):
        for question in questions:
            started = time.perf_counter()
            search(connection, caller, Question(question), limit=PAGE)
            taken.append((time.perf_counter() - started) * 1_000)
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    rounds = parser.parse_args().rounds
    report, made = Report("search"), random.Random(1)  # noqa: S311  # the same names each time
    with tempfile.TemporaryDirectory() as folder, database(Settings(home=Path(folder))) as settings:
        set_up(settings)
        engine = create_database_engine(database_urls(settings).app, application_name="benchmark")
        started = time.perf_counter()
        with engine.begin() as connection:
            sources = fill(connection, made)
            somebody = _somebody(connection, sources[0])
        report.add("fill_s", time.perf_counter() - started, "s")
        with database_owner(settings) as owner:
            owner.execute(text("VACUUM ANALYZE"))
        everybody = Caller(uuid4(), "all@example.org", frozenset({"*"}))
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for who, caller in (("all", everybody), ("one_source", somebody)):
                _report(report, connection, caller, who, rounds)
        engine.dispose()
    report.publish()


def database_owner(settings: Settings) -> Connection:
    engine = create_database_engine(database_urls(settings).owner, application_name="benchmark")
    return engine.connect().execution_options(isolation_level="AUTOCOMMIT")


def _somebody(connection: Connection, source_id: UUID) -> Caller:
    """Somebody with whom one source is shared."""
    user_id = connection.execute(
        text("INSERT INTO users (email) VALUES ('one@example.org') RETURNING id")
    ).scalar_one()
    connection.execute(
        text(
            "INSERT INTO resource_permissions (resource_type, resource_id, principal_type, principal_id, permission_type) "
            "VALUES ('data_source', :source, 'user', :user, 'view')"
        ),
        {"source": source_id, "user": user_id},
    )
    return Caller(user_id, "one@example.org", frozenset({"metadata:view"}))


def _report(report: Report, connection: Connection, caller: Caller, who: str, rounds: int) -> None:
    everything: list[float] = []
    for kind, questions in QUESTIONS.items():
        measure(connection, caller, questions, 1)
        taken = measure(connection, caller, questions, rounds)
        everything += taken
        report.add(f"{who}_{kind}_p50_ms", statistics.median(taken), "ms")
        report.add(f"{who}_{kind}_max_ms", max(taken), "ms")
    percentiles = statistics.quantiles(everything, n=100)
    report.add(f"{who}_p50_ms", statistics.median(everything), "ms", target=TARGET_MS)
    report.add(f"{who}_p99_ms", percentiles[98], "ms", target=TARGET_MS)


if __name__ == "__main__":
    main()
