"""Jobs over HTTP: saved only when they can be run, started, filled in, cancelled, explained."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, insert, text

from dataviz_pipelines.core.models.tables import DAGSTER_JOB_ID, SavedQuery
from tests.api.dashboards.boards import source
from tests.api.people import People, Person

JOBS = "/api/v1/scheduler-jobs"
RUNS = "/api/v1/scheduler-job-runs"
JOB: dict[str, Any] = {
    "name": "Ping",
    "job_type": "http_call",
    "job_config": {"url": "https://example.org/ping"},
    "schedule_expression": "0 6 * * *",
    "timezone": "Europe/Vienna",
}


@pytest.fixture
def admin(people: People) -> Person:
    return people("admin")


def made(person: Person, **values: Any) -> dict[str, Any]:
    answer = person.post(JOBS, {**JOB, **values})
    assert answer.status_code == 201, answer.text
    job: dict[str, Any] = answer.json()
    return job


def test_F44_a_job_that_is_saved_has_its_next_slot(admin: Person) -> None:
    job = made(admin)
    soon = datetime.fromisoformat(job["next_run_at"])
    assert timedelta(0) < soon - datetime.now(UTC) <= timedelta(days=1)
    changed = admin.http.patch(f"{JOBS}/{job['id']}", json={"schedule_expression": None})
    assert changed.json()["next_run_at"] is None
    once = {"schedule_expression": None, "run_at": "2030-01-01T00:00:00+01:00"}
    assert made(admin, **once)["next_run_at"] == "2029-12-31T23:00:00Z"


def test_a_change_of_something_else_leaves_a_slot_that_has_come(
    admin: Person, app_engine: Engine
) -> None:
    """The scheduler would never decide about it if the next one took its place."""
    job = made(admin)
    came = datetime.fromisoformat(job["next_run_at"]) - timedelta(days=1)
    with app_engine.begin() as connection:
        statement = "UPDATE scheduler_jobs SET next_run_at = :came WHERE id = :id"
        connection.execute(text(statement), {"came": came, "id": job["id"]})
    changed = admin.http.patch(
        f"{JOBS}/{job['id']}", json={"job_config": {"url": "https://example.org/other"}}
    )
    assert datetime.fromisoformat(changed.json()["next_run_at"]) == came


@pytest.mark.parametrize(
    ("values", "pointers"),
    [
        ({"job_type": "backup", "job_config": {}}, ["/job_type"]),
        ({"job_config": {}}, ["/job_config/url"]),
        (
            {"job_config": {"url": "https://example.org", "method": "TRACE", "retries": 3}},
            ["/job_config/method", "/job_config/retries"],
        ),
        ({"run_policy": {"overlap": "maybe"}}, ["/run_policy/overlap"]),
        ({"run_policy": {"jitter_s": -1}}, ["/run_policy/jitter_s"]),
        ({"notification_config": {"events": ["always"]}}, ["/notification_config/events/0"]),
        ({"schedule_expression": "0 0 30 2 *"}, ["/schedule_expression"]),
        ({"run_at": "2030-01-01T00:00:00Z"}, [""]),
        ({"starts_at": "2030-01-02T00:00:00Z", "ends_at": "2030-01-01T00:00:00Z"}, [""]),
    ],
)
def test_what_cannot_be_run_is_refused_when_it_is_saved(
    admin: Person, values: dict[str, Any], pointers: list[str]
) -> None:
    refused = admin.post(JOBS, {**JOB, **values})
    assert refused.status_code == 422, refused.text
    assert [each["pointer"] for each in refused.json()["errors"]] == pointers
    job = made(admin)
    changed = admin.http.patch(f"{JOBS}/{job['id']}", json=values)
    assert changed.status_code == 422
    assert [each["pointer"] for each in changed.json()["errors"]] == pointers


def test_a_report_is_saved_with_its_query_and_every_mistake_is_told(
    admin: Person, app_engine: Engine
) -> None:
    values = {"name": "Orders", "query_text": "SELECT 1", "data_source_id": source(app_engine)}
    with app_engine.begin() as connection:
        query = insert(SavedQuery).values(values).returning(SavedQuery.id)
        target_id = str(connection.execute(query).scalar_one())
    report: dict[str, Any] = {
        "job_type": "report_delivery",
        "target_resource_type": "saved_query",
        "target_resource_id": target_id,
        "job_config": {"channels": [{"kind": "email", "target": "ada@example.org"}]},
    }
    assert made(admin, **report)["job_config"] == report["job_config"]
    missing = admin.post(JOBS, {**JOB, **report, "target_resource_id": str(uuid4())})
    assert [each["pointer"] for each in missing.json()["errors"]] == ["/target_resource_id"]
    wrong = {"channels": [{"kind": "email", "target": "ada"}], "file_name": "../orders"}
    refused = admin.post(JOBS, {**JOB, **report, "job_config": wrong})
    assert refused.status_code == 422, refused.text
    pointers = [each["pointer"] for each in refused.json()["errors"]]
    assert pointers == ["/job_config/file_name", "/job_config/channels/0/target"]


def test_F58_a_run_is_asked_for_and_cancelled_and_the_audit_says_by_whom(
    admin: Person, app_engine: Engine
) -> None:
    job = made(admin)
    queued = admin.http.post(f"{JOBS}/{job['id']}/run")
    assert queued.status_code == 202
    run = queued.json()
    assert (run["status"], run["cause"], run["scheduled_for"]) == ("queued", "manual", None)
    assert admin.http.get(queued.headers["location"]).json()["id"] == run["id"]
    cancelled = admin.http.post(f"{RUNS}/{run['id']}/cancel")
    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "cancelled")
    assert admin.http.post(f"{RUNS}/{run['id']}/cancel").status_code == 409
    with app_engine.begin() as connection:
        statement = (
            "SELECT action_type, user_id FROM audit_logs WHERE action_type LIKE '%job%' AND resource_id = :id "
            "ORDER BY id"
        )
        noted = connection.execute(text(statement), {"id": job["id"]})
        assert [tuple(row) for row in noted] == [
            ("run_job", admin.id),
            ("cancel_job_run", admin.id),
        ]


def test_F58_a_range_is_filled_in_once(admin: Person) -> None:
    job = made(admin, schedule_expression="0 * * * *", timezone="UTC")
    body = {"first": "2026-01-01T00:00:00Z", "last": "2026-01-01T05:00:00Z"}
    filled = admin.http.post(f"{JOBS}/{job['id']}/backfill", json=body)
    assert filled.status_code == 202, filled.text
    assert len(filled.json()["run_ids"]) == 6
    again = admin.http.post(f"{JOBS}/{job['id']}/backfill", json=body)
    assert again.json()["run_ids"] == []
    late = {**body, "last": "2999-01-01T00:00:00Z"}
    assert admin.http.post(f"{JOBS}/{job['id']}/backfill", json=late).status_code == 422


def test_F60_why_a_job_did_not_run_is_answered(admin: Person, app_engine: Engine) -> None:
    job = made(admin)
    with app_engine.begin() as connection:
        statement = (
            "INSERT INTO scheduler_job_runs (job_id, run_id, status, cause, skip_reason, scheduled_for) "
            "VALUES (:id, 'x', 'skipped', 'schedule', 'overlap', '2026-01-01T05:00:00Z')"
        )
        connection.execute(text(statement), {"id": job["id"]})
    asked = {"first": "2026-01-01T00:00:00Z", "last": "2026-01-02T00:00:00Z"}
    told = admin.http.get(f"{JOBS}/{job['id']}/decisions", params=asked).json()
    assert told["summary"].startswith("At 06:00 every day, Europe/Vienna. Its next slot is ")
    (decision,) = told["decisions"]
    assert (decision["status"], decision["skip_reason"]) == ("skipped", "overlap")
    assert "the run before it was not done" in decision["explanation"]
    assert admin.http.get(f"{JOBS}/{job['id']}/decisions").json()["decisions"] == []


def test_F51_a_job_is_paused_and_resumed_and_then_counts_from_none(
    admin: Person, app_engine: Engine
) -> None:
    job = made(admin)
    path = f"{JOBS}/{job['id']}"
    assert admin.http.post(f"{path}/pause").json()["is_active"] is False
    assert admin.http.post(f"{path}/resume").json()["is_active"] is True
    for resume in (
        lambda: admin.http.post(f"{path}/resume"),
        lambda: admin.http.patch(path, json={"is_active": True}),
    ):
        with app_engine.begin() as connection:
            statement = (
                "UPDATE scheduler_jobs SET is_active = false, pause_reason = 'failures', "
                "consecutive_failures = 10 WHERE id = :id"
            )
            connection.execute(text(statement), {"id": job["id"]})
        resumed = resume().json()
        assert (resumed["is_active"], resumed["pause_reason"]) == (True, None)
        assert resumed["consecutive_failures"] == 0


def test_what_is_not_the_callers_is_not_theirs_to_run(people: People, admin: Person) -> None:
    job, other = made(admin), people("editor")
    for path in (f"{JOBS}/{job['id']}/run", f"{JOBS}/{job['id']}/pause", f"{JOBS}/{uuid4()}/run"):
        assert other.http.post(path).status_code in (403, 404)
    run = admin.http.post(f"{JOBS}/{job['id']}/run").json()
    assert other.http.post(f"{RUNS}/{run['id']}/cancel").status_code in (403, 404)
    assert admin.http.get(f"{RUNS}/{run['id']}").json()["status"] == "queued"


def test_the_platforms_own_jobs_are_nobodys_to_change(admin: Person) -> None:
    path = f"{JOBS}/{DAGSTER_JOB_ID}"
    assert admin.http.get(path).json()["name"] == "Other runs in Dagster"
    for action in ("run", "pause", "resume"):
        assert admin.http.post(f"{path}/{action}").status_code == 403
