"""R29 for times: at the ends of the calendar there is a moment that no other zone knows, and none after it."""

import pytest

from tests.api.people import People

ENDS = ("0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00")


@pytest.mark.parametrize("moment", ENDS)
def test_r29_a_time_at_an_end_of_the_calendar_is_refused(people: People, moment: str) -> None:
    admin = people("super_admin", is_admin=True)
    job = {"name": "Ping", "job_type": "http_call", "job_config": {"url": "https://example.org"}}
    plan = {**job, "schedule_expression": "0 0 1 1 *"}
    made = admin.post("/api/v1/scheduler-jobs", plan).json()
    path = f"/api/v1/scheduler-jobs/{made['id']}"
    share = {"resource_type": "scheduler_job", "resource_id": made["id"], "permission_type": "view"}
    whom = {"principal_type": "user", "principal_id": str(admin.id)}
    answers = [
        admin.http.get(f"{path}/decisions", params={"last": moment}),
        admin.post(f"{path}/backfill", {"first": moment, "last": moment}),
        admin.post("/api/v1/scheduler-jobs", {**job, "run_at": moment}),
        admin.post("/api/v1/scheduler-jobs", {**plan, "starts_at": moment}),
        admin.post("/api/v1/scheduler-jobs", {**plan, "ends_at": moment}),
        admin.post("/api/v1/grants", {**share, **whom, "expires_at": moment}),
        admin.post("/api/v1/api-keys", {"name": "Export", "expires_at": moment}),
    ]
    assert [each.status_code for each in answers] == [422] * len(answers)
