"""F47 over HTTP: what a schedule means before a job has it."""

from datetime import datetime
from itertools import pairwise

import pytest

from tests.api.people import People

PREVIEW = "/api/v1/schedules/preview"


def test_F47_a_schedule_is_described_with_its_next_five_runs(people: People) -> None:
    asked = {"schedule_expression": "30 9 * * 1-5", "timezone": "Europe/Vienna"}
    answer = people("admin").http.get(PREVIEW, params=asked)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["description"] == "At 09:30 on Monday through Friday"
    times = [datetime.fromisoformat(each) for each in told["next_runs"]]
    assert len(times) == 5
    assert all(earlier < later for earlier, later in pairwise(times))
    assert {time.utctimetuple().tm_min for time in times} == {30}


@pytest.mark.parametrize(
    ("asked", "pointer"),
    [
        ({"schedule_expression": "0 0 30 2 *"}, "/schedule_expression"),
        ({"schedule_expression": "R * * * *"}, "/schedule_expression"),
        ({"schedule_expression": "* * * * *", "timezone": "Mars/Base"}, "/timezone"),
        ({}, "/schedule_expression"),
    ],
)
def test_F47_what_is_wrong_is_named(people: People, asked: dict[str, str], pointer: str) -> None:
    answer = people("admin").http.get(PREVIEW, params=asked)
    assert answer.status_code == 422
    assert [each["pointer"] for each in answer.json()["errors"]] == [pointer]


def test_nobody_asks_without_a_log_in(people: People) -> None:
    client = people().http
    client.headers.pop("Authorization")
    assert client.get(PREVIEW, params={"schedule_expression": "* * * * *"}).status_code == 401
