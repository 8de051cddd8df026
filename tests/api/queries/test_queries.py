"""Queries over HTTP: asked, downloaded, cancelled, estimated, checked; and by whom."""

import csv
import io
import threading
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest
from sqlalchemy import Engine, text

from api import querying
from tests.api.people import People, Person
from tests.api.sources.asking import created, share
from tests.core.sources.places import Place
from tests.servers.workers import until

ENDLESS = "SELECT count(*) FROM generate_series(1, 100000000000) AS a"


def ask(person: Person, source: str, sql: str, **body: Any) -> httpx.Response:
    return person.post(f"{source}/query", {"sql": sql, **body})


def rows(answer: httpx.Response) -> Any:
    assert answer.status_code == 200, answer.text
    return answer.json()["rows"]


def active(place: Place) -> int:
    with psycopg.connect(place.admin_url) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE usename = %s AND state = 'active'",
            [place.user],
        ).fetchone()
    return int(row[0]) if row else 0


def test_a_query_is_answered(admin: Person, source: str) -> None:
    answer = ask(admin, source, "SELECT city, 1.50 AS price FROM cities")
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["columns"] == [
        {"name": "city", "native_type": "text", "type": "string"},
        {"name": "price", "native_type": "numeric", "type": "decimal"},
    ]
    assert (body["rows"], body["row_count"], body["truncated"]) == ([["Wien", "1.50"]], 1, False)
    assert (body["cache_hit"], body["warnings"]) == (False, [])
    again = ask(admin, source, "SELECT city, 1.50 AS price FROM cities").json()
    assert (again["cache_hit"], again["rows"]) == (True, body["rows"])
    fresh = ask(admin, source, "SELECT city, 1.50 AS price FROM cities", no_cache=True).json()
    assert fresh["cache_hit"] is False
    logged = admin.http.get("/api/v1/query-execution-logs").json()["items"]
    assert [each["cache_hit"] for each in logged] == [False, True, False]
    assert {each["user_id"] for each in logged} == {str(admin.id)}


def test_F61_parameters_are_typed(admin: Person, source: str) -> None:
    parameters = {"a": {"type": "date", "value": "2026-01-31"}, "b": ["Wien", "Graz"]}
    sql = "SELECT :a::date AS a, city FROM cities WHERE city IN (:b)"
    assert rows(ask(admin, source, sql, parameters=parameters)) == [["2026-01-31", "Wien"]]
    refused = ask(admin, source, sql, parameters={"a": {"type": "date", "value": "soon"}, "b": []})
    assert refused.status_code == 422
    assert {each["pointer"] for each in refused.json()["errors"]} == {
        "/parameters/a",
        "/parameters/b",
    }


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("DELETE FROM cities", "urn:dataviz:QueryRefused"),
        ("SELECT pg_read_file('/etc/passwd')", "urn:dataviz:QueryRefused"),
        ("SELECT nothing FROM cities", "urn:dataviz:QueryFailed"),
        ("SELECT * FROM hidden", "urn:dataviz:QueryFailed"),
    ],
)
def test_S53_what_is_not_run_says_why(admin: Person, source: str, sql: str, kind: str) -> None:
    answer = ask(admin, source, sql)
    assert (answer.status_code, answer.json()["type"]) == (422, kind)
    assert "127.0.0.1" not in answer.text
    assert "s3cret" not in answer.text


def test_a_grant_of_the_data_source_is_needed(
    admin: Person, analyst: Person, people: People, source: str, app_engine: Engine
) -> None:
    ask(admin, source, "SELECT city FROM cities")
    assert ask(analyst, source, "SELECT city FROM cities").status_code == 404
    share(app_engine, source, analyst, "view")
    assert rows(ask(analyst, source, "SELECT city FROM cities")) == [["Wien"]]
    viewer = people("viewer")
    share(app_engine, source, viewer, "view")
    assert ask(viewer, source, "SELECT city FROM cities").status_code == 403


def test_F39_results_are_downloaded(admin: Person, source: str) -> None:
    sql = {"sql": "SELECT '=1' AS a, 2 AS b UNION ALL SELECT 'x', 3", "max_rows": 1}
    answer = admin.post(f"{source}/query", sql, params={"format": "csv"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert 'filename="result.csv"' in answer.headers["content-disposition"]
    assert answer.headers["x-dataviz-truncated"] == "true"
    assert list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))) == [
        ["a", "b"],
        ["'=1", "2"],
    ]
    workbook = admin.post(f"{source}/query", sql, params={"format": "xlsx"})
    assert workbook.content.startswith(b"PK")


def test_F64_a_running_query_is_cancelled(admin: Person, source: str, postgresql: Place) -> None:
    execution_id, answers = str(uuid4()), []
    thread = threading.Thread(
        target=lambda: answers.append(ask(admin, source, ENDLESS, execution_id=execution_id))
    )
    thread.start()
    until(lambda: active(postgresql) == 1)
    path = f"/api/v1/query-execution-logs/{execution_id}/cancel"
    assert admin.post(path).status_code == 202
    thread.join(10)
    assert (answers[0].status_code, answers[0].json()["type"]) == (
        409,
        "urn:dataviz:QueryCancelled",
    )
    until(lambda: active(postgresql) == 0)
    assert admin.post(path).status_code == 409
    assert admin.post(f"/api/v1/query-execution-logs/{uuid4()}/cancel").status_code == 404


def test_F64_a_query_that_nobody_waits_for_is_cancelled(
    admin: Person, source: str, postgresql: Place, app_engine: Engine
) -> None:
    with pytest.raises(httpx.ReadTimeout):
        admin.http.post(f"{source}/query", json={"sql": ENDLESS}, timeout=1.5)
    until(lambda: active(postgresql) == 0)

    def logged() -> Any:
        with app_engine.connect() as connection:
            return connection.execute(text("SELECT status FROM query_execution_logs")).scalar_one()

    until(lambda: logged() == "cancelled")


def test_S54_R17_more_queries_than_there_is_room_for_are_told_to_come_back(
    admin: Person, postgresql: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(querying, "WAIT_S", 0.2)
    source = created(admin, postgresql, limits={"max_connections": querying.THREADS})
    answers: list[httpx.Response] = []
    threads = [
        threading.Thread(
            target=lambda: answers.append(ask(admin, source, ENDLESS, timeout_seconds=8))
        )
        for _ in range(querying.THREADS)
    ]
    for thread in threads:
        thread.start()
    until(lambda: active(postgresql) == querying.THREADS)
    refused = ask(admin, source, "SELECT 1")
    assert (refused.status_code, refused.json()["type"]) == (503, "urn:dataviz:TooManyQueries")
    assert admin.http.get(source).status_code == 200
    for thread in threads:
        thread.join(60)
    assert {answer.json()["type"] for answer in answers} == {"urn:dataviz:QueryTimedOut"}
    assert rows(ask(admin, source, "SELECT 1")) == [[1]]


def test_a_saved_query_is_run(admin: Person, analyst: Person, source: str) -> None:
    made = admin.post(
        "/api/v1/saved-queries",
        {
            "name": "Cities",
            "query_text": "SELECT city FROM cities WHERE city <> :other",
            "data_source_id": source.rpartition("/")[2],
        },
    )
    path = made.headers["location"]
    answer = admin.post(f"{path}/run", {"parameters": {"other": "Graz"}})
    assert rows(answer) == [["Wien"]]
    row = admin.http.get(path).json()
    assert (row["execution_count"], row["avg_execution_time_ms"] is not None) == (1, True)
    assert row["updated_at"] == made.json()["updated_at"]
    assert analyst.post(f"{path}/run", {}).status_code == 404


def test_the_data_of_a_visualization(admin: Person, people: People, source: str) -> None:
    made = admin.post(
        "/api/v1/visualizations",
        {
            "name": "Cities",
            "visualization_type": "table",
            "data_source_id": source.rpartition("/")[2],
            "query_config": {
                "query_text": "SELECT city, :n AS n FROM cities",
                "parameters": {"n": "1"},
            },
        },
    )
    assert made.status_code == 201, made.text
    path = made.headers["location"]
    assert rows(admin.post(f"{path}/data", {})) == [["Wien", "1"]]
    assert rows(admin.post(f"{path}/data", {"parameters": {"n": "2"}})) == [["Wien", "2"]]
    viewer = people("viewer")
    assert viewer.post(f"{path}/data", {}).status_code == 404


def test_an_estimate_and_a_check_read_nothing(admin: Person, source: str) -> None:
    found = admin.post(f"{source}/query/estimate", {"sql": "SELECT city FROM cities"})
    assert found.json() == {
        "bytes_processed": None,
        "maximum_bytes_billed": None,
        "left_today": None,
    }
    refused = admin.post(f"{source}/query/estimate", {"sql": "SELECT nothing FROM cities"})
    assert refused.status_code == 422
    body = {
        "name": "A",
        "query_text": "SELECT x FROM y",
        "data_source_id": source.rpartition("/")[2],
    }
    admin.post("/api/v1/saved-queries", body)
    checked = admin.post(f"{source}/check-saved-queries").json()["items"]
    assert [(each["name"], each["is_ok"]) for each in checked] == [("A", False)]
    assert admin.http.get("/api/v1/query-execution-logs").json()["items"] == []


def test_S52_a_test_of_a_superusers_source_warns(
    admin: Person, source: str, postgresql: Place
) -> None:
    assert admin.post(f"{source}/test").json()["warnings"] == []
    with psycopg.connect(postgresql.admin_url, autocommit=True) as connection:
        connection.execute(f"ALTER ROLE {postgresql.user} SUPERUSER")  # type: ignore[arg-type]  # a name of ours
    assert "superuser" in admin.post(f"{source}/test").json()["warnings"][0]
