"""What people do with jobs, and what they are told when they ask why."""

from datetime import timedelta

import pytest

from dataviz_pipelines.core.scheduling import operating
from dataviz_pipelines.core.scheduling.errors import (
    BackfillError,
    JobInvalidError,
    JobNotFoundError,
    RunEndedError,
)
from dataviz_pipelines.core.scheduling.explaining import why
from tests.core.scheduling.given import NOON, Calls, Jobs

HOUR = timedelta(hours=1)


def backfilled(jobs: Jobs, job: object, *, hours: int) -> int:
    with jobs.engine.begin() as connection:
        made = operating.backfill(
            connection,
            operating.find_job(connection, str(job)),
            NOON - hours * HOUR,
            NOON,
            now=jobs.now,
            runners=jobs.scheduling.runners,
        )
    return len(made)


def test_F58_a_range_is_filled_in_one_slot_after_the_other_and_each_once(
    jobs: Jobs, calls: Calls
) -> None:
    job = jobs.add(f"{calls.url}/ok", cron="0 * * * *", next_run_at=NOON - 3 * HOUR)
    jobs.tick(NOON)
    assert jobs.work() == ["succeeded"]
    assert backfilled(jobs, job, hours=5) == 5
    assert backfilled(jobs, job, hours=5) == 0
    for _ in range(5):
        assert jobs.work() == ["succeeded"]
    assert jobs.decided(job) == [(f"{hour:02}:00", "succeeded", None) for hour in range(7, 13)]
    assert list(calls.keys.values()) == [1] * 6


def test_F58_a_slot_that_was_cancelled_before_it_began_is_filled_in_and_one_that_ran_is_not(
    jobs: Jobs, calls: Calls
) -> None:
    waiting, run = jobs.add(f"{calls.url}/ok"), jobs.add(f"{calls.url}/ok")
    jobs.tick()
    with jobs.engine.begin() as connection:
        assert operating.cancel_job(connection, waiting, now=NOON) == 1
    assert jobs.work() == ["succeeded"]
    made = []
    with jobs.engine.begin() as connection:
        for job in (waiting, run):
            found = operating.find_job(connection, str(job))
            runners = jobs.scheduling.runners
            made.append(
                operating.backfill(connection, found, NOON, NOON, now=NOON, runners=runners)
            )
    assert [len(each) for each in made] == [1, 0]
    assert jobs.work() == ["succeeded"]
    assert [(row.status, row.cause, row.error_log) for row in jobs.runs(waiting)] == [
        ("succeeded", "backfill", None)
    ]


def test_F58_a_range_must_hold_slots_that_have_come_and_not_too_many(jobs: Jobs) -> None:
    hourly = jobs.add(cron="0 * * * *")
    once = jobs.add(cron=None, columns={"run_at": NOON})
    for job, hours, said in (
        (hourly, -1, "no slot"),
        (hourly, 1_001, "more than 1,000"),
        (once, 1, "no schedule"),
    ):
        with pytest.raises(BackfillError, match=said):
            backfilled(jobs, job, hours=hours)
    jobs.now = NOON - HOUR
    with pytest.raises(BackfillError, match="future"):
        backfilled(jobs, hourly, hours=5)


def test_F58_run_now_runs_a_paused_job_too_and_waits_for_the_run_before(
    jobs: Jobs, calls: Calls
) -> None:
    job = jobs.add(f"{calls.url}/ok")
    with jobs.engine.begin() as connection:
        operating.pause(connection, job)
        found = operating.find_job(connection, str(job))
        for _ in range(2):
            operating.run_now(connection, found, jobs.scheduling.runners)
    assert [jobs.work() for _ in range(3)] == [["succeeded"], ["succeeded"], []]
    assert {row.cause for row in jobs.runs(job)} == {"manual"}


def test_what_nothing_here_runs_is_not_started(jobs: Jobs) -> None:
    job = jobs.add()
    jobs.set(job, job_type="backup")
    with jobs.engine.begin() as connection:
        found = operating.find_job(connection, str(job))
        with pytest.raises(
            JobInvalidError, match="nothing on this installation runs backup"
        ) as raised:
            operating.run_now(connection, found, jobs.scheduling.runners)
    assert [fault.place for fault in raised.value.faults] == ["/job_type"]


def test_what_has_ended_cannot_be_cancelled(jobs: Jobs) -> None:
    job = jobs.add()
    jobs.tick()
    (row,) = jobs.runs(job)
    with jobs.engine.begin() as connection:
        operating.cancel_run(connection, row.id, now=NOON)
        with pytest.raises(RunEndedError):
            operating.cancel_run(connection, row.id, now=NOON)
    assert jobs.runs(job)[0].status == "cancelled"


def test_a_name_must_be_of_one_job(jobs: Jobs) -> None:
    for _ in range(2):
        jobs.set(jobs.add(), name="Twin")
    with jobs.engine.begin() as connection:
        for name in ("Twin", "Nobody"):
            with pytest.raises(JobNotFoundError):
                operating.find_job(connection, name)


def test_F60_every_slot_is_explained(jobs: Jobs, calls: Calls) -> None:
    job = jobs.add(f"{calls.url}/500", cron="*/10 * * * *", pause_after=1)
    jobs.tick(NOON + timedelta(minutes=15))
    jobs.tick(NOON + timedelta(minutes=20))
    jobs.work()
    jobs.tick(NOON + timedelta(minutes=30))
    with jobs.engine.begin() as connection:
        found = operating.find_job(connection, str(job))
        told = why(connection, found, NOON, jobs.now, now=jobs.now)
    assert [each.explanation for each in told.decisions] == [
        "Skipped: the job was paused because it had failed too often.",
        "Skipped: the run before it was not done, and the job's overlap policy is skip.",
        "It was run, and failed. The scheduler came to it late and caught up on it. "
        f"GET {calls.url}/500 was answered with 500.",
        "Skipped: the scheduler came to it too late, and the job's catch-up policy is last.",
    ]
    assert told.summary == (
        "Every 10th minute of every hour, UTC. The job was paused because it failed too often. "
        "Its next slot is 2026-03-02 12:40:00 UTC."
    )


def test_F60_what_is_put_off_says_until_when(jobs: Jobs) -> None:
    job = jobs.add(jitter_s=3_600)
    jobs.tick()
    until = jobs.runs(job)[0].not_before
    with jobs.engine.begin() as connection:
        found = operating.find_job(connection, str(job))
        said = [
            why(connection, found, NOON, NOON, now=now).decisions[0].explanation
            for now in (NOON, until)
        ]
    assert said == [
        f"It waits to be run. Not before {until:%Y-%m-%d %H:%M:%S} UTC.",
        "It waits to be run.",
    ]


def test_F60_a_job_without_slots_to_come_says_why(jobs: Jobs) -> None:
    ended = jobs.add(columns={"ends_at": NOON})
    once = jobs.add(cron=None, columns={"run_at": NOON})
    by_hand = jobs.add(cron=None, next_run_at=None)
    jobs.tick()
    late = jobs.add()
    said = []
    with jobs.engine.begin() as connection:
        for job in (ended, once, by_hand, late):
            found = operating.find_job(connection, str(job))
            told = why(connection, found, NOON, NOON, now=NOON + HOUR)
            said.append(told.summary.partition(". ")[2])
    assert said == [
        "It has no more slots: it ended at 2026-03-02 12:00:00 UTC.",
        "Its time has come and gone.",
        "Somebody or something else starts it.",
        "It is overdue: the scheduler does not look. See `dataviz status`.",
    ]
