"""What the analytics answer, and to whom."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest

from dataviz_pipelines.core.analytics.periods import DAY, HOUR, Range
from dataviz_pipelines.core.analytics.rolling import roll, roll_marked
from dataviz_pipelines.core.analytics.rollups import ROLLUPS
from dataviz_pipelines.core.models.tables import Grain, RollupName
from tests.api.people import People, Person
from tests.core.analytics.logs import Logs

NOON = datetime(2026, 3, 31, 12, tzinfo=UTC)
RANGE = {"from": "2026-03-01T00:00:00Z", "to": "2026-05-01T00:00:00Z"}
PATH = "/api/v1/analytics"


def get(person: Person, path: str, **query: Any) -> Any:
    answer = person.http.get(f"{PATH}{path}", params={**RANGE, **query})
    assert answer.status_code == 200, answer.text
    return answer.json()


def refused(person: Person, path: str, **query: Any) -> tuple[int, str]:
    answer = person.http.get(f"{PATH}{path}", params=query)
    return answer.status_code, answer.json()["type"]


def count(logs: Logs) -> None:
    roll_marked(logs.engine, lambda *_: None)


def board(logs: Logs, owner: Person, **values: Any) -> UUID:
    return logs.dashboard(created_by=owner.id, **values)


def test_F100_dashboards_are_ranked_by_their_views_and_people_counted_once(
    people: People, logs: Logs
) -> None:
    admin, ada = people("admin"), people()
    first, second, never = (board(logs, admin) for _ in range(3))
    for day in range(3):
        logs.use(NOON + day * DAY, second, ada.id, duration=10)
    logs.use(NOON + DAY, second, admin.id, action="export")
    logs.use(NOON, first)
    logs.use(NOON - 60 * DAY, never, ada.id)
    count(logs)
    found = get(admin, "/dashboards")

    shown = [
        (each["dashboard_id"], each["views"], each["uses"], each["users"])
        for each in found["items"]
    ]
    assert shown == [(str(second), 3, 4, 2), (str(first), 1, 1, 0)]
    assert found["items"][0]["duration_seconds"] == 30
    assert (found["starts_at"], found["stale_hours"]) == ("2026-03-01T00:00:00Z", 0)
    assert len(get(admin, "/dashboards", limit=1)["items"]) == 1


def test_F100_people_see_figures_only_of_dashboards_that_they_see(
    people: People, logs: Logs
) -> None:
    admin, ada, bob = people("admin"), people("analyst"), people("analyst")
    hers, shown, shared = board(logs, ada), board(logs, admin, is_public=True), board(logs, admin)
    hidden = board(logs, admin)
    logs.add(
        "resource_permissions",
        resource_type="dashboard",
        resource_id=shared,
        principal_type="user",
        principal_id=ada.id,
        permission_type="view",
    )
    for each in (hers, shown, shared, hidden):
        logs.use(NOON, each, bob.id)
    count(logs)

    def seen(person: Person) -> set[UUID]:
        return {UUID(each["dashboard_id"]) for each in get(person, "/dashboards")["items"]}

    assert seen(admin) == {hers, shown, shared, hidden}
    assert seen(ada) == {hers, shown, shared}
    assert seen(bob) == {shown}
    assert refused(ada, f"/dashboards/{hidden}/usage")[0] == 404
    assert get(ada, f"/dashboards/{shared}/usage")["views"] == 1
    assert refused(people("viewer"), "/dashboards") == (403, "urn:dataviz:PermissionDenied")


def test_F98_a_chart_counts_people_once_in_each_point_and_once_in_all(
    people: People, logs: Logs
) -> None:
    admin, ada = people("admin"), people()
    dashboard = board(logs, admin)
    logs.use(NOON, dashboard, ada.id, duration=100)
    logs.use(NOON + HOUR, dashboard, ada.id, duration=300)
    logs.use(NOON + DAY, dashboard, ada.id)
    logs.use(NOON + DAY, dashboard, admin.id, action="share")
    count(logs)
    found = get(
        admin,
        f"/dashboards/{dashboard}/usage",
        **{"from": "2026-03-31T00:00:00Z", "to": "2026-04-03T00:00:00Z"},
    )

    points = [
        (each["starts_at"][:10], each["views"], each["uses"], each["users"])
        for each in found["points"]
    ]
    assert points == [("2026-03-31", 2, 2, 1), ("2026-04-01", 1, 2, 2), ("2026-04-02", 0, 0, 0)]
    assert (found["views"], found["uses"], found["users"]) == (3, 4, 2)
    assert found["actions"] == {"share": 1, "view": 3}
    assert found["duration_seconds"]["p50"] == pytest.approx(100, rel=0.02)
    assert found["points"][0]["duration_seconds"]["p99"] == pytest.approx(300, rel=0.02)
    assert found["points"][1]["duration_seconds"] == {"p50": None, "p95": None, "p99": None}


def test_F98_days_are_those_of_the_time_zone(people: People, logs: Logs) -> None:
    admin = people("admin")
    dashboard = board(logs, admin)
    logs.use(datetime(2026, 3, 31, 22, 30, tzinfo=UTC), dashboard, admin.id)
    logs.use(datetime(2026, 3, 31, 21, 30, tzinfo=UTC), dashboard, admin.id)
    count(logs)
    found = get(admin, f"/dashboards/{dashboard}/usage", by="day", timezone="Europe/Vienna")

    assert {each["starts_at"]: each["users"] for each in found["points"] if each["uses"]} == {
        "2026-03-30T22:00:00Z": 1,
        "2026-03-31T22:00:00Z": 1,
    }
    by_month = get(admin, f"/dashboards/{dashboard}/usage", by="month", timezone="Europe/Vienna")
    assert [each["uses"] for each in by_month["points"]] == [1, 1, 0]
    assert [each["starts_at"] for each in by_month["points"]] == [
        "2026-03-01T00:00:00Z",
        "2026-03-31T22:00:00Z",
        "2026-04-30T22:00:00Z",
    ]


def test_F98_days_of_india_begin_at_half_past_six_in_the_evening(
    people: People, logs: Logs
) -> None:
    admin, ada = people("admin"), people()
    dashboard = board(logs, admin)
    midnight = datetime(2026, 3, 31, 18, 30, tzinfo=UTC)
    for at in (midnight - timedelta(minutes=1), midnight, midnight + timedelta(minutes=59)):
        logs.use(at, dashboard, ada.id, duration=5)
        logs.add("audit_logs", timestamp=at, action_type="run", resource_type="jobs")
    count(logs)
    asked = {
        "from": "2026-03-30T18:30:00Z",
        "to": "2026-04-01T18:30:00Z",
        "timezone": "Asia/Kolkata",
    }
    found = get(admin, f"/dashboards/{dashboard}/usage", **asked)
    half = get(admin, "/dashboards", **{**asked, "to": "2026-03-31T18:30:00Z"})

    assert (found["starts_at"], found["ends_at"]) == (asked["from"], asked["to"])
    assert [(each["starts_at"], each["uses"], each["users"]) for each in found["points"]] == [
        ("2026-03-30T18:30:00Z", 1, 1),
        ("2026-03-31T18:30:00Z", 2, 1),
    ]
    assert (found["uses"], found["users"], found["stale_hours"]) == (3, 1, 0)
    assert [each["uses"] for each in half["items"]] == [1]
    assert [each["actions"] for each in get(admin, "/activity", **asked)["points"]] == [1, 2]


@pytest.mark.parametrize(
    "query",
    [
        {"from": "2026-03-02T00:00:00Z", "to": "2026-03-01T00:00:00Z"},
        {"from": "2000-01-01T00:00:00Z", "to": "2026-03-01T00:00:00Z"},
        {"from": "9998-12-31T23:00:00Z", "to": "9998-12-31T23:59:59Z"},
        {"from": "0002-01-01T12:00:00+12:00", "to": "0002-01-02T00:00:00Z"},
        {"to": "0002-01-02T00:00:00Z"},
        {"from": "2026-01-01T00:00:00Z", "to": "2026-03-01T00:00:00Z", "by": "hour"},
    ],
)
def test_a_range_that_holds_nothing_or_too_much_is_refused(
    people: People, logs: Logs, query: dict[str, str]
) -> None:
    admin = people("admin")
    path = f"/dashboards/{board(logs, admin)}/usage"

    assert refused(admin, path, **query) == (422, "urn:dataviz:Range")


@pytest.mark.parametrize("query", [{"limit": 201}, {"limit": 0}, {"from": "yesterday"}])
def test_a_parameter_that_cannot_be_used_is_refused(people: People, query: dict[str, Any]) -> None:
    assert refused(people("admin"), "/dashboards", **query)[0] == 422


def test_hours_that_have_changed_since_they_were_counted_are_told(
    people: People, logs: Logs
) -> None:
    admin = people("admin")
    dashboard = board(logs, admin)
    logs.use(NOON, dashboard)
    count(logs)
    logs.use(NOON, dashboard)
    logs.use(NOON + DAY, dashboard)

    assert get(admin, "/dashboards")["stale_hours"] == 2
    assert get(admin, f"/dashboards/{dashboard}/usage")["stale_hours"] == 2
    roll(logs.engine, ROLLUPS[RollupName.DASHBOARDS], Grain.HOUR, Range(NOON, NOON + HOUR))
    assert get(admin, "/dashboards")["stale_hours"] == len(["tomorrow's"]) + 24


def execution(logs: Logs, source: UUID | None, digest: str, **values: Any) -> None:
    given = {"status": "succeeded", "timestamp": NOON, "execution_time_ms": 10, **values}
    logs.add(
        "query_execution_logs", data_source_id=source, query_text="q", query_hash=digest, **given
    )


def test_F100_queries_are_ranked_by_time_with_errors_and_cache_hits(
    people: People, logs: Logs
) -> None:
    admin, ada = people("admin"), people("analyst")
    hidden = source(logs, admin, "hidden")
    hers = source(logs, ada, "hers")
    execution(logs, hidden, "slow", execution_time_ms=9_000)
    for hit in (True, False, False):
        execution(logs, hers, "fast", cache_hit=hit, rows_returned=4)
    execution(logs, hers, "fast", status="failed", execution_time_ms=None)
    execution(logs, None, "gone", execution_time_ms=500)
    count(logs)
    slow, gone, fast = get(admin, "/queries")["items"]

    assert [slow["query_hash"], gone["query_hash"], fast["query_hash"]] == ["slow", "gone", "fast"]
    assert slow["execution_time_ms"]["p95"] == pytest.approx(9_000, rel=0.02)
    assert fast["execution_time_ms"]["p50"] == pytest.approx(10, rel=0.02)
    assert (fast["runs"], fast["failures"], fast["error_rate"]) == (4, 1, 0.25)
    assert (fast["cache_hits"], fast["cache_hit_rate"]) == (1, 0.25)
    assert (fast["rows_returned"], fast["mean_ms"], fast["data_source"]) == (12, 10, "hers")
    assert [
        each["query_hash"] for each in get(admin, "/queries", sort="runs", limit=1)["items"]
    ] == ["fast"]
    assert [each["query_hash"] for each in get(ada, "/queries")["items"]] == ["fast"]


def source(logs: Logs, owner: Person, name: str) -> UUID:
    return logs.add(
        "data_sources",
        name=name,
        connection_type="postgresql",
        connection_config="{}",
        created_by=owner.id,
    )


def test_F100_rows_loaded_and_rejected_are_told_by_template(people: People, logs: Logs) -> None:
    admin, ada = people("admin"), people("analyst")
    template = logs.add(
        "upload_templates",
        name="orders",
        file_format="csv",
        validation_rules="{}",
        destination_config="{}",
        created_by=admin.id,
    )
    for day, status in enumerate(("succeeded", "succeeded", "failed")):
        logs.add(
            "upload_history",
            template_id=template,
            file_name="a.csv",
            file_size_bytes=100,
            file_hash=str(day),
            source="cli",
            status=status,
            records_processed=10,
            records_success=0 if status == "failed" else 8,
            records_failed=10 if status == "failed" else 2,
            processing_time_ms=1_000,
            created_at=NOON + day * DAY,
        )
    count(logs)
    (found,) = get(admin, "/uploads")["items"]

    assert found["processing_time_ms"]["p50"] == pytest.approx(1_000, rel=0.02)
    assert {name: found[name] for name in found if name != "processing_time_ms"} == {
        "template_id": str(template),
        "template": "orders",
        "uploads": 3,
        "statuses": {"failed": 1, "succeeded": 2},
        "file_size_bytes": 300,
        "records_processed": 30,
        "records_success": 16,
        "records_failed": 14,
    }
    assert get(ada, "/uploads")["items"] == []


def test_F100_job_runs_are_told_by_status(people: People, logs: Logs) -> None:
    admin, ada = people("admin"), people("analyst")
    job = logs.add("scheduler_jobs", name="nightly", job_type="maintenance", created_by=admin.id)
    for number, status in enumerate(("succeeded", "failed", "succeeded")):
        logs.add(
            "scheduler_job_runs",
            job_id=job,
            run_id=str(number),
            status=status,
            duration_ms=200,
            created_at=NOON + number * HOUR,
        )
    count(logs)
    (found,) = get(admin, "/jobs")["items"]

    assert (found["job"], found["runs"], found["statuses"]) == (
        "nightly",
        3,
        {"failed": 1, "succeeded": 2},
    )
    assert found["duration_ms"]["p95"] == pytest.approx(200, rel=0.02)
    assert get(ada, "/jobs")["items"] == []


def test_F100_activity_is_for_who_may_read_the_audit(people: People, logs: Logs) -> None:
    admin = people("admin")
    for hour in (0, 1, 30):
        logs.add(
            "audit_logs", timestamp=NOON + hour * HOUR, action_type="run", resource_type="jobs"
        )
    logs.add("audit_logs", timestamp=NOON, action_type="login", resource_type="users")
    count(logs)
    asked = {"from": "2026-03-31T00:00:00Z", "to": "2026-04-02T00:00:00Z"}
    found = get(admin, "/activity", **asked)

    assert [(each["action_type"], each["actions"]) for each in found["items"]] == [
        ("run", 3),
        ("login", 1),
    ]
    assert [each["actions"] for each in found["points"]] == [3, 1]
    assert refused(people("analyst"), "/activity")[0] == 403


def test_F100_what_nobody_uses_is_found(people: People, logs: Logs) -> None:
    admin, ada = people("admin"), people("analyst")
    now = datetime.now(UTC)
    long_ago, then = now - timedelta(days=400), now - timedelta(days=200)
    used, old, never = (board(logs, admin, created_at=long_ago) for _ in range(3))
    board(logs, admin)
    logs.use(now - timedelta(days=1), used)
    logs.use(then, old)
    count(logs)
    found = get(admin, "/stale", days=90)

    assert [(each["id"], each["last_used_at"] is None) for each in found] == [
        (str(never), True),
        (str(old), False),
    ]
    assert [each["id"] for each in get(admin, "/stale", days=300)] == [str(never)]
    assert get(ada, "/stale", days=90) == []


def test_F100_a_saved_query_is_used_when_its_text_is_executed(people: People, logs: Logs) -> None:
    admin = people("admin")
    now = datetime.now(UTC)
    hers = source(logs, admin, "hers")
    old = {"created_at": now - timedelta(days=400), "created_by": admin.id, "data_source_id": hers}
    logs.add("saved_queries", name="used", query_text="SELECT 1", **old)
    idle = logs.add("saved_queries", name="idle", query_text="SELECT 2", **old)
    execution(logs, hers, sha256(b"SELECT 1").hexdigest(), timestamp=now - timedelta(days=1))
    count(logs)
    found = get(admin, "/stale", what="saved_query", days=90)

    assert [each["id"] for each in found] == [str(idle)]
