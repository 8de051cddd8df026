"""What the emulator cannot show, against answers as BigQuery's REST reference writes them."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any
from uuid import UUID

import pytest
from google.api_core.client_options import ClientOptions
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery
from sqlalchemy import Engine

from dataviz_pipelines.core.discovery.engines.base import Limits
from dataviz_pipelines.core.discovery.engines.bigquery import BigQuery
from dataviz_pipelines.core.discovery.engines.bigquery.definitions import definition, statistics
from dataviz_pipelines.core.discovery.errors import SourceReadError, SourceTimeoutError
from dataviz_pipelines.core.discovery.service import discover
from tests.core.discovery.test_service import known

REFERENCE = {"projectId": "shop", "datasetId": "sales", "tableId": "orders"}
ORDERS: dict[str, Any] = {
    "kind": "bigquery#table",
    "id": "shop:sales.orders",
    "tableReference": REFERENCE,
    "type": "TABLE",
    "description": "What was ordered",
    "numRows": "42",
    "numBytes": "1000",
    "lastModifiedTime": "1750000000000",
    "timePartitioning": {"type": "DAY", "field": "day"},
    "schema": {
        "fields": [
            {"name": "id", "type": "INTEGER", "mode": "REQUIRED"},
            {"name": "code", "type": "STRING", "maxLength": "12"},
            {"name": "price", "type": "NUMERIC", "precision": "10", "scale": "2", "defaultValueExpression": "0"},
            {"name": "day", "type": "DATE", "description": "Of the order"},
            {
                "name": "lines",
                "type": "RECORD",
                "mode": "REPEATED",
                "fields": [
                    {"name": "item", "type": "INTEGER"},
                    {"name": "tags", "type": "STRING", "mode": "REPEATED"},
                ],
            },
        ]
    },
    "tableConstraints": {
        "primaryKey": {"columns": ["id"]},
        "foreignKeys": [
            {
                "name": "of_code",
                "referencedTable": {"projectId": "other", "datasetId": "d", "tableId": "codes"},
                "columnReferences": [{"referencingColumn": "code", "referencedColumn": "key"}],
            }
        ],
    },
}  # fmt: skip
DATASETS = {
    "datasets": [
        {"datasetReference": {"projectId": "shop", "datasetId": name}, "id": f"shop:{name}"}
        for name in ("sales", "secret")
    ]
}
TABLES = {
    "tables": [{"tableReference": REFERENCE, "type": "TABLE", "id": "shop:sales.orders"}],
    "totalItems": 1,
}
PROJECT = "/bigquery/v2/projects/shop/datasets"
DENIED = (
    403,
    {"error": {"code": 403, "message": "Access Denied", "errors": [{"reason": "accessDenied"}]}},
)
ANSWERS: dict[str, tuple[int, Any]] = {
    PROJECT: (200, DATASETS),
    f"{PROJECT}/sales/tables": (200, TABLES),
    f"{PROJECT}/sales/tables/orders": (200, ORDERS),
    f"{PROJECT}/secret/tables": DENIED,
}  # fmt: skip


@contextmanager
def answering(
    answers: Mapping[str, tuple[int, Any]], *, hangs: Event | None = None
) -> Iterator[bigquery.Client]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if hangs is not None:
                hangs.wait(30)
            status, body = answers.get(self.path.split("?")[0], (404, {"error": {"code": 404}}))
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        client = bigquery.Client(
            project="shop",
            credentials=AnonymousCredentials(),  # type: ignore[no-untyped-call]  # untyped in google-auth
            client_options=ClientOptions(
                api_endpoint=f"http://127.0.0.1:{server.server_address[1]}"
            ),
        )
        yield client
        if hangs is not None:
            hangs.set()
        client.close()  # type: ignore[no-untyped-call]  # untyped in google-cloud-bigquery
        server.shutdown()


def test_F2_keys_reach_into_other_projects() -> None:
    found = definition(ORDERS)

    (key,) = found.foreign_keys
    assert found.primary_key == ("id",)
    assert (key["referenced_database"], key["referenced_schema"], key["referenced_table"]) == (
        "other",
        "d",
        "codes",
    )
    assert (key["columns"], key["referenced_columns"]) == (["code"], ["key"])
    assert [column.column_name for column in found.columns if column.is_foreign_key] == ["code"]


def test_F1_types_are_written_as_SQL_writes_them() -> None:
    _, code, price, day, lines = definition(ORDERS).columns

    assert (code.native_type, code.max_length) == ("STRING(12)", 12)
    assert (price.native_type, price.numeric_precision, price.numeric_scale) == (
        "NUMERIC(10, 2)",
        10,
        2,
    )
    assert (price.default_expression, day.source_comment) == ("0", "Of the order")
    assert lines.native_type == "ARRAY<STRUCT<item INT64, tags ARRAY<STRING>>>"
    assert lines.normalized_type == "array"


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("TABLE", "table"),
        ("VIEW", "view"),
        ("MATERIALIZED_VIEW", "materialized_view"),
        ("EXTERNAL", "foreign_table"),
        ("SNAPSHOT", "table"),
    ],
)
def test_F1_every_kind_of_table_has_its_type(kind: str, expected: str) -> None:
    assert definition({**ORDERS, "type": kind}).table_type == expected


@pytest.mark.parametrize("view", ["view", "materializedView"])
def test_F3_a_view_has_its_query(view: str) -> None:
    assert definition({**ORDERS, view: {"query": "SELECT 1"}}).view_definition == "SELECT 1"


def test_F5_counts_are_exact_without_a_streaming_buffer() -> None:
    assert statistics(ORDERS)[:4] == (42, "exact", 1_000, "exact")
    assert statistics({**ORDERS, "streamingBuffer": {}})[:2] == (42, "estimate")
    assert statistics({**ORDERS, "type": "VIEW"})[:2] == (None, "unknown")


def test_F8_F11_a_dataset_that_cannot_be_listed_keeps_its_tables(
    app_engine: Engine, source_id: UUID
) -> None:
    there = {**TABLES, "tables": [{"tableReference": {**REFERENCE, "datasetId": "secret"}, "type": "TABLE"}]}  # fmt: skip
    secret = {**ORDERS, "tableReference": {**REFERENCE, "datasetId": "secret"}}
    answers = {
        **ANSWERS,
        f"{PROJECT}/secret/tables": (200, there),
        f"{PROJECT}/secret/tables/orders": (200, secret),
    }
    with answering(answers) as client:
        discover(app_engine, source_id, BigQuery(client))
    with answering(ANSWERS) as client:
        result = discover(app_engine, source_id, BigQuery(client))

    (problem,) = result.problems
    assert (result.status, result.counts.removed) == ("partial", 0)
    assert known(app_engine, "schema_name") == {"sales", "secret"}
    assert (problem.kind, problem.schema_name) == ("denied", "secret")
    assert "ON SCHEMA `shop.secret`" in str(problem.remedy)


def test_F10_F11_a_denied_table_stops_nothing(app_engine: Engine, source_id: UUID) -> None:
    with answering({**ANSWERS, f"{PROJECT}/sales/tables/orders": DENIED}) as client:
        result = discover(app_engine, source_id, BigQuery(client))

    problem = next(problem for problem in result.problems if problem.table_name == "orders")
    assert (problem.kind, result.counts.failed, result.counts.stored) == ("denied", 1, 0)
    assert "ON TABLE `shop.sales.orders`" in str(problem.remedy)


@pytest.mark.parametrize(
    ("answer", "removed", "kind"),
    [(DENIED, 0, "hidden"), ((404, {"error": {"code": 404}}), 1, None)],
)
def test_F8_a_dataset_that_is_listed_no_more_is_gone_or_hidden(
    app_engine: Engine, source_id: UUID, answer: tuple[int, Any], removed: int, kind: str | None
) -> None:
    with answering({**ANSWERS, f"{PROJECT}/secret/tables": (404, {})}) as client:
        discover(app_engine, source_id, BigQuery(client))
    with answering({PROJECT: (200, {"datasets": []}), f"{PROJECT}/sales": answer}) as client:
        result = discover(app_engine, source_id, BigQuery(client))

    assert result.counts.removed == removed
    assert [problem.kind for problem in result.problems] == ([kind] if kind else [])


def test_R21_a_source_that_hangs_is_given_up_at_the_deadline(
    app_engine: Engine, source_id: UUID
) -> None:
    with answering(ANSWERS, hangs=Event()) as client, pytest.raises(SourceTimeoutError):
        discover(app_engine, source_id, BigQuery(client, Limits(deadline_s=1)))


def test_R22_a_refusal_leaves_what_was_known(app_engine: Engine, source_id: UUID) -> None:
    with answering({**ANSWERS, f"{PROJECT}/secret/tables": (404, {})}) as client:
        discover(app_engine, source_id, BigQuery(client))
    with answering({PROJECT: DENIED}) as client, pytest.raises(SourceReadError):
        discover(app_engine, source_id, BigQuery(client))

    assert known(app_engine) == {"orders"}
