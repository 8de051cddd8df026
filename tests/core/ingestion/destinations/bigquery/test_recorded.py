"""What the emulator cannot show. What is asked of BigQuery is looked at on its way to the emulator; refusals are those of
BigQuery's REST reference, given instead of the emulator's answers."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from google.api_core import exceptions

from dataviz_pipelines.core.errors import UnavailableError
from dataviz_pipelines.core.ingestion.destinations.bigquery.columns import TableColumn
from dataviz_pipelines.core.ingestion.destinations.bigquery.errors import fact
from dataviz_pipelines.core.ingestion.destinations.bigquery.store.names import Table
from dataviz_pipelines.core.ingestion.destinations.bigquery.store.rows import StagedRows
from dataviz_pipelines.core.ingestion.destinations.bigquery.store.writing import statements
from dataviz_pipelines.core.ingestion.destinations.bigquery.table import Target
from dataviz_pipelines.core.ingestion.errors import DestinationError, LoadRaceError
from dataviz_pipelines.core.models.documents.uploads import ColumnRule, ColumnType, UploadMode
from tests.core.ingestion.destinations.bigquery.benches import BigQueryBench
from tests.factories import csv_text, document
from tests.servers.bigquery_mended import Answer, Asked, Mended, refusal

TEMPLATE = document({"name": "id", "type": "integer", "unique": True}, "name")
CONTENT = csv_text(["id", "name"], (1, "a"), (1, "b"))


def test_every_job_is_limited_and_what_is_staged_goes_by_itself(
    bench: BigQueryBench, server: Mended
) -> None:
    bench.load(TEMPLATE, CONTENT)
    jobs = [asked.document["configuration"] for asked in server.seen if asked.query]
    assert len(jobs) == 5  # repeated, taken out, counted, noted, committed
    for configuration in jobs:
        assert configuration["query"]["maximumBytesBilled"] == str(10 * 2**30)
        assert configuration["jobTimeoutMs"] == "60000"
    (staging,) = [
        asked.document
        for asked in server.seen
        if "dataviz_staging" in asked.document.get("tableReference", {}).get("tableId", "")
    ]
    goes = datetime.fromtimestamp(int(staging["expirationTime"]) / 1_000, UTC)
    assert timedelta(hours=23) < goes - datetime.now(UTC) <= timedelta(hours=24)


def test_a_load_job_fills_an_empty_table_that_is_there_and_has_a_name_and_an_end(
    bench: BigQueryBench, server: Mended
) -> None:
    bench.load(TEMPLATE, CONTENT)
    (job,) = [
        asked.document
        for asked in server.seen
        if asked.path.startswith("/upload/") and asked.document
    ]
    load = job["configuration"]["load"]
    assert (load["writeDisposition"], load["createDisposition"]) == ("WRITE_EMPTY", "CREATE_NEVER")
    assert load["sourceFormat"] == "PARQUET"
    assert job["configuration"]["jobTimeoutMs"] == "60000"
    assert job["jobReference"]["jobId"] == f"{load['destinationTable']['tableId']}_load"


def test_rows_and_mark_are_moved_by_one_job_in_one_transaction(
    bench: BigQueryBench, server: Mended
) -> None:
    record = bench.load(TEMPLATE, CONTENT)
    (asked,) = [asked for asked in server.seen if "INSERT INTO `uploads`.`target`" in asked.query]
    assert asked.job_id == f"dataviz_{record.id.hex}_commit_1"
    assert asked.query.startswith("BEGIN TRANSACTION;")
    assert asked.query.endswith("COMMIT TRANSACTION;")
    assert "SET is_committed = TRUE" in asked.query


def refusing(
    status: int, reason: str, message: str, *, times: int
) -> Callable[[Asked], Answer | None]:
    given: list[Asked] = []

    def refuse(asked: Asked) -> Answer | None:
        if not asked.query.startswith("BEGIN TRANSACTION") or len(given) == times:
            return None
        given.append(asked)
        return refusal(status, reason, message)

    return refuse


@pytest.mark.usefixtures("no_pauses")
def test_a_transaction_that_bigquery_aborts_for_another_is_tried_again(
    bench: BigQueryBench, server: Mended
) -> None:
    said = "Transaction is aborted due to concurrent update against table dataviz_uploads."
    server.before = refusing(400, "invalidQuery", said, times=2)
    record = bench.load(TEMPLATE, CONTENT)
    assert (record.status, bench.rows()) == ("succeeded", [(1, "a")])


@pytest.mark.parametrize(
    ("status", "reason", "message", "expected"),
    [
        (
            400,
            "bytesBilledLimitExceeded",
            "Query exceeded limit for bytes billed: 10485760. 20971520 or higher required.",
            "would read more bytes than the data source's limit allows",
        ),
        (
            403,
            "accessDenied",
            "Access Denied: Table shop:uploads.target: Permission bigquery.tables.updateData denied",
            "Permission bigquery.tables.updateData denied",
        ),
        (400, "invalidQuery", "Bad double value: secret", "BigQuery refused the load"),
    ],
)
def test_a_refusal_is_told_and_leaves_the_table_as_it_was(
    bench: BigQueryBench, server: Mended, status: int, reason: str, message: str, expected: str
) -> None:
    bench.load(TEMPLATE, CONTENT)
    server.before = refusing(status, reason, message, times=1)
    record, error = bench.refused(TEMPLATE, csv_text(["id", "name"], (2, "b")))
    assert isinstance(error, DestinationError)
    assert expected in str(error)
    assert "secret" not in str(error)
    assert "http://" not in str(error)
    assert (record.status, bench.rows()) == ("failed", [(1, "a")])


@pytest.mark.parametrize(
    ("kind", "reason", "expected"),
    [
        (exceptions.Forbidden, "quotaExceeded", UnavailableError),
        (exceptions.Forbidden, "rateLimitExceeded", UnavailableError),
        (exceptions.ServiceUnavailable, "backendError", UnavailableError),
        (exceptions.PreconditionFailed, "conditionNotMet", LoadRaceError),
        (exceptions.Conflict, "duplicate", LoadRaceError),
        (exceptions.NotFound, "notFound", DestinationError),
        (exceptions.Forbidden, "accessDenied", DestinationError),
        (exceptions.Unauthorized, "authError", DestinationError),
    ],
)
def test_what_can_be_tried_again_is_told_from_what_cannot(
    kind: type[exceptions.GoogleAPICallError], reason: str, expected: type[Exception]
) -> None:
    error = kind("said", errors=[{"reason": reason}])
    assert isinstance(fact(error, "t"), expected)


def rows(*, is_new: bool = False, added: tuple[Any, ...] = ()) -> StagedRows:
    rules = [ColumnRule(name="k", type=ColumnType.INTEGER), ColumnRule(name="j", type="json")]
    columns = [TableColumn("K", "INT64"), TableColumn("j", "JSON"), TableColumn("u", "STRING")]
    target = Target(Table("d", "t"), columns, is_new=is_new, added=added)
    return StagedRows(Table("d", "s"), target, rules, UUID(int=7), "u")


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        (
            UploadMode.REPLACE,
            [
                "DELETE FROM `d`.`t` WHERE TRUE",
                "INSERT INTO `d`.`t` (`K`, `j`, `u`) SELECT s.c0, PARSE_JSON(s.c1), "
                "'00000000-0000-0000-0000-000000000007' FROM (SELECT * FROM `d`.`s` WHERE taken IS NULL) AS s",
            ],
        ),
        (
            UploadMode.UPSERT,
            [
                "MERGE INTO `d`.`t` AS t USING (SELECT * FROM `d`.`s` WHERE taken IS NULL) AS s ON t.`K` = s.c0 "
                "WHEN MATCHED AND (TO_JSON_STRING(t.`j`) IS DISTINCT FROM TO_JSON_STRING(PARSE_JSON(s.c1))) "
                "THEN UPDATE SET `j` = PARSE_JSON(s.c1), `u` = '00000000-0000-0000-0000-000000000007' "
                "WHEN NOT MATCHED THEN INSERT (`K`, `j`, `u`) "
                "VALUES (s.c0, PARSE_JSON(s.c1), '00000000-0000-0000-0000-000000000007')"
            ],
        ),
    ],
)
def test_statements_are_bigquerys(mode: UploadMode, expected: list[str]) -> None:
    """The emulator takes more than BigQuery does, so what is sent is written out here."""
    assert statements(rows(), mode, keys=["k"], compared=["j"]) == expected


def test_new_columns_are_added_unless_the_table_has_changed_since(
    bench: BigQueryBench, server: Mended
) -> None:
    template = document("a", contract="evolve")
    bench.load(template, "a\n1\n")
    bench.load(template, "a,b\n1,2\n")
    (asked,) = [asked for asked in server.seen if asked.method == "PATCH"]
    fields = json.loads(asked.body)["schema"]["fields"]
    assert [field["name"] for field in fields] == ["a", "b"]
    assert asked.headers["If-Match"].startswith('"')
