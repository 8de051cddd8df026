"""What becomes of slots, by policy; nothing but times and numbers."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from dataviz_pipelines.core.models.documents.scheduler import RunPolicy
from dataviz_pipelines.core.scheduling.deciding import SLOTS_AT_ONCE, DueJob, decide
from dataviz_pipelines.core.scheduling.timetable import Timetable

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
JOB = DueJob(
    id=UUID(int=7),
    name="Report",
    timetable=Timetable("*/10 * * * *", "UTC"),
    policy=RunPolicy(),
    is_active=True,
    pause_reason=None,
    next_run_at=NOON,
    owner_id=None,
    owner_is_active=True,
    running=0,
    queued=0,
)


def decided(minutes: float, job: DueJob = JOB, **policy: Any) -> list[tuple[str, str]]:
    """Minutes after noon at which the scheduler looks; each slot with why it is skipped, or what makes it run."""
    plan = decide(replace(job, policy=RunPolicy(**policy)), NOON + timedelta(minutes=minutes))
    return [(f"{each.slot:%H:%M}", each.skipped or each.cause) for each in plan.decisions]


def test_a_slot_that_has_come_runs_and_the_next_one_is_planned() -> None:
    plan = decide(JOB, NOON + timedelta(seconds=3))
    assert [(each.slot, each.skipped) for each in plan.decisions] == [(NOON, None)]
    assert plan.next_run_at == NOON + timedelta(minutes=10)


@pytest.mark.parametrize(
    ("catch_up", "expected"),
    [
        ("none", [("12:00", "missed"), ("12:10", "missed"), ("12:20", "missed")]),
        ("last", [("12:00", "missed"), ("12:10", "missed"), ("12:20", "catch_up")]),
        ("all", [("12:00", "catch_up"), ("12:10", "catch_up"), ("12:20", "catch_up")]),
    ],
)
def test_R26_F49_after_three_slots_without_a_scheduler_the_catch_up_policy_decides(
    catch_up: str, expected: list[tuple[str, str]]
) -> None:
    assert decided(25, catch_up=catch_up) == expected


def test_F49_what_is_older_than_the_window_is_not_caught_up_on() -> None:
    assert decided(25, catch_up="all", catch_up_window_s=900) == [
        ("12:00", "missed"),
        ("12:10", "catch_up"),
        ("12:20", "catch_up"),
    ]
    assert decided(9, catch_up="last", catch_up_window_s=60) == [("12:00", "missed")]


def test_F49_without_catching_up_a_slot_that_is_on_time_still_runs() -> None:
    assert decided(20.5, catch_up="none")[-1] == ("12:20", "schedule")


@pytest.mark.parametrize("overlap", ["skip", "buffer", "allow"])
def test_F49_all_are_run_with_the_one_that_is_on_time(overlap: str) -> None:
    said = [("12:00", "catch_up"), ("12:10", "catch_up"), ("12:20", "schedule")]
    assert decided(20.5, catch_up="all", overlap=overlap) == said
    assert decided(20.5, replace(JOB, running=1), catch_up="all")[-1] == ("12:20", "overlap")


@pytest.mark.parametrize(
    ("overlap", "running", "queued", "expected"),
    [
        ("skip", 1, 0, "overlap"),
        ("skip", 0, 1, "overlap"),
        ("skip", 0, 0, "schedule"),
        ("buffer", 1, 0, "schedule"),
        ("buffer", 1, 1, "overlap"),
        ("cancel", 1, 1, "schedule"),
        ("allow", 3, 3, "schedule"),
    ],
)
def test_F48_a_run_that_is_not_done_meets_the_overlap_policy(
    overlap: str, running: int, queued: int, expected: str
) -> None:
    job = replace(JOB, running=running, queued=queued)
    assert decided(0.1, job, overlap=overlap) == [("12:00", expected)]


def test_F48_only_the_cancel_policy_ends_the_run_before() -> None:
    for overlap, cancels in (("cancel", True), ("allow", False), ("skip", False)):
        job = replace(JOB, running=1, policy=RunPolicy(overlap=overlap))  # type: ignore[arg-type]  # one of its words
        assert decide(job, NOON).cancels_live is cancels
    idle = replace(JOB, policy=RunPolicy(overlap="cancel"))
    assert decide(idle, NOON).cancels_live is False


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"is_active": False}, "paused"),
        ({"is_active": False, "pause_reason": "failures"}, "failures"),
        ({"owner_is_active": False}, "inactive_owner"),
    ],
)
def test_F60_slots_of_a_job_at_rest_are_skipped_with_the_reason(
    columns: dict[str, Any], reason: str
) -> None:
    assert decided(10.1, replace(JOB, **columns)) == [("12:00", reason), ("12:10", reason)]


def test_jitter_is_the_same_whenever_it_is_asked_and_differs_between_slots_and_jobs() -> None:
    policy = RunPolicy(jitter_s=600, catch_up="all")
    job = replace(JOB, policy=policy)

    def starts(each: DueJob) -> list[timedelta]:
        decisions = decide(each, NOON + timedelta(hours=1)).decisions
        return [(one.not_before or one.slot) - one.slot for one in decisions]

    assert starts(job) == starts(job)
    assert len(set(starts(job))) == 7
    assert all(timedelta(0) <= one < timedelta(minutes=10) for one in starts(job))
    assert starts(job) != starts(replace(job, id=UUID(int=8)))


def test_a_job_that_runs_once_has_no_slot_afterwards() -> None:
    plan = decide(replace(JOB, timetable=None), NOON + timedelta(seconds=1))
    assert [(each.slot, each.skipped) for each in plan.decisions] == [(NOON, None)]
    assert plan.next_run_at is None


def test_nothing_comes_before_the_start_and_nothing_from_the_end_on() -> None:
    table = Timetable(
        "*/10 * * * *", "UTC", NOON + timedelta(minutes=10), NOON + timedelta(minutes=30)
    )
    plan = decide(
        replace(JOB, timetable=table, policy=RunPolicy(catch_up="all")), NOON + timedelta(hours=1)
    )
    assert [f"{each.slot:%H:%M}" for each in plan.decisions] == ["12:10", "12:20"]
    assert plan.next_run_at is None


def test_many_missed_slots_are_decided_about_in_parts_and_only_the_very_last_runs() -> None:
    every_minute = replace(JOB, timetable=Timetable("* * * * *", "UTC"))
    now = NOON + timedelta(minutes=SLOTS_AT_ONCE + 9, seconds=5)
    first = decide(every_minute, now)
    assert len(first.decisions) == SLOTS_AT_ONCE
    assert {each.skipped for each in first.decisions} == {"missed"}
    assert first.next_run_at == NOON + timedelta(minutes=SLOTS_AT_ONCE)
    second = decide(replace(every_minute, next_run_at=first.next_run_at), now)
    assert [each.skipped for each in second.decisions] == [*["missed"] * 9, None]


@pytest.mark.parametrize(
    ("zone", "expression", "day", "slots"),
    [
        ("America/New_York", "30 2 * * *", "2026-03-08", ["03-08 07:00"]),
        ("America/New_York", "30 1 * * *", "2026-11-01", ["11-01 05:30"]),
        ("Europe/London", "30 1 * * *", "2026-03-29", ["03-29 01:00"]),
        ("Europe/London", "30 1 * * *", "2026-10-25", ["10-25 00:30"]),
        ("Australia/Lord_Howe", "15 2 * * *", "2026-10-04", ["10-03 15:30"]),
        ("Australia/Lord_Howe", "45 1 * * *", "2026-04-05", ["04-04 14:45"]),
        ("America/Sao_Paulo", "0 0 * * *", "2018-11-04", ["11-04 03:00"]),
        ("America/Sao_Paulo", "30 23 * * *", "2018-02-18", ["02-18 01:30"]),
    ],
)
def test_R24_a_daily_job_has_one_slot_on_the_day_the_clocks_are_turned(
    zone: str, expression: str, day: str, slots: list[str]
) -> None:
    """Looked at every five minutes for the hours around, as a ticker does."""
    table = Timetable(expression, zone)
    moment = datetime.fromisoformat(f"{day}T00:00").replace(tzinfo=UTC) - timedelta(hours=11)
    job = replace(JOB, timetable=table, next_run_at=table.next_after(moment) or moment)
    found = []
    for step in range(22 * 12):
        now = moment + timedelta(minutes=5 * step)
        if job.next_run_at <= now:
            plan = decide(job, now)
            found += [f"{each.slot:%m-%d %H:%M}" for each in plan.decisions]
            assert plan.next_run_at is not None
            job = replace(job, next_run_at=plan.next_run_at)
    assert [slot for slot in found if slot in slots] == slots
    assert len(found) == len(slots)
