"""The tick on a real database: one decision for each slot, whoever ticks, and whatever the clock does."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlalchemy import text

from tests.core.scheduling.given import NOON, Calls, Jobs

MINUTE = timedelta(minutes=1)


def test_F45_two_tickers_at_once_decide_about_each_slot_once(jobs: Jobs) -> None:
    made = [jobs.add() for _ in range(60)]
    with ThreadPoolExecutor(4) as pool:
        decided = sum(pool.map(lambda _: jobs.tick(), range(8)))
    assert decided == len(made) == len(jobs.runs())
    assert {jobs.job(job).next_run_at for job in made} == {NOON + MINUTE}


def test_R25_a_clock_that_goes_back_an_hour_brings_no_second_run(jobs: Jobs) -> None:
    job = jobs.add(overlap="allow")
    for minutes in (0, 1, 2):
        jobs.tick(NOON + minutes * MINUTE)
    before = jobs.decided(job)
    for minutes in range(-60, 3):
        jobs.tick(NOON + minutes * MINUTE)
    assert jobs.decided(job) == before
    jobs.set(job, next_run_at=NOON - timedelta(hours=1))  # as if the schedule were written anew
    jobs.tick(NOON + 2 * MINUTE)
    noon_on = [each for each in jobs.decided(job) if each[0] >= "12:00"]
    assert noon_on == before


def test_R26_three_slots_without_a_scheduler_are_recorded_each(jobs: Jobs) -> None:
    job = jobs.add(cron="*/10 * * * *")
    jobs.tick(NOON + timedelta(minutes=25))
    assert jobs.decided(job) == [
        ("12:00", "skipped", "missed"),
        ("12:10", "skipped", "missed"),
        ("12:20", "queued", None),
    ]


def test_F48_skip_records_the_slot_that_met_a_run(jobs: Jobs) -> None:
    job = jobs.add()
    jobs.tick(NOON)
    jobs.tick(NOON + MINUTE)
    assert jobs.decided(job) == [("12:00", "queued", None), ("12:01", "skipped", "overlap")]


def test_F48_a_buffered_run_waits_until_the_one_before_is_done(jobs: Jobs, calls: Calls) -> None:
    job = jobs.add(f"{calls.url}/ok", overlap="buffer")
    jobs.tick(NOON)
    with jobs.engine.begin() as connection:
        connection.execute(text("UPDATE scheduler_job_runs SET status = 'running'"))
    jobs.tick(NOON + MINUTE)
    jobs.tick(NOON + 2 * MINUTE)
    assert [each[1:] for each in jobs.decided(job)] == [
        ("running", None),
        ("queued", None),
        ("skipped", "overlap"),
    ]
    assert jobs.work() == []
    with jobs.engine.begin() as connection:
        connection.execute(
            text("UPDATE scheduler_job_runs SET status = 'succeeded' WHERE status = 'running'")
        )
    assert jobs.work() == ["succeeded"]


def test_F48_cancel_ends_what_waits_and_asks_what_runs_to_end(jobs: Jobs) -> None:
    waiting, running = jobs.add(overlap="cancel"), jobs.add(overlap="cancel")
    jobs.tick(NOON)
    with jobs.engine.begin() as connection:
        statement = "UPDATE scheduler_job_runs SET status = 'running' WHERE job_id = :id"
        connection.execute(text(statement), {"id": running})
    jobs.tick(NOON + MINUTE)
    assert [row.status for row in jobs.runs(waiting)] == ["cancelled", "queued"]
    assert [(row.status, row.cancel_requested) for row in jobs.runs(running)] == [
        ("running", True),
        ("queued", False),
    ]


def test_F49_what_is_caught_up_on_runs_one_after_the_other(jobs: Jobs, calls: Calls) -> None:
    job = jobs.add(f"{calls.url}/ok", catch_up="all", cron="*/10 * * * *")
    jobs.tick(NOON + timedelta(minutes=25))
    assert [jobs.work() for _ in range(4)] == [["succeeded"], ["succeeded"], ["succeeded"], []]
    rows = jobs.runs(job)
    assert [row.started_at for row in rows] == sorted(row.started_at for row in rows)
    assert set(calls.keys.values()) == {1}


def test_jitter_puts_a_start_off(jobs: Jobs, calls: Calls) -> None:
    job = jobs.add(f"{calls.url}/ok", jitter_s=600, cron="0 * * * *")
    jobs.tick(NOON)
    (row,) = jobs.runs(job)
    assert NOON < row.not_before < NOON + timedelta(minutes=10)
    assert jobs.work() == []
    jobs.now = row.not_before
    assert jobs.work() == ["succeeded"]


def test_F56_a_job_whose_owner_is_deactivated_pauses_and_managers_hear_of_it(jobs: Jobs) -> None:
    admin = jobs.person(is_admin=True)
    job = jobs.add(owner=jobs.person(is_active=False))
    jobs.tick(NOON)
    jobs.tick(NOON + MINUTE)
    assert (jobs.job(job).is_active, jobs.job(job).pause_reason) == (False, "inactive_owner")
    assert {each[2] for each in jobs.decided(job)} == {"inactive_owner"}
    with jobs.engine.begin() as connection:
        told = connection.execute(text("SELECT user_id, notification_type FROM notifications"))
        assert [tuple(row) for row in told] == [(admin, "job_paused")]


def test_a_schedule_that_cannot_be_read_stops_its_job_and_no_other(jobs: Jobs) -> None:
    broken, sound = jobs.add(cron="every day"), jobs.add()
    assert jobs.tick(NOON) == 1
    assert jobs.job(broken).next_run_at is None
    assert jobs.decided(sound) == [("12:00", "queued", None)]


def test_moving_on_to_the_next_slot_is_no_change_that_the_audit_keeps(jobs: Jobs) -> None:
    job = jobs.add()
    before = jobs.job(job).updated_at
    with jobs.engine.begin() as connection:
        count = text("SELECT count(*) FROM audit_logs")
        kept = connection.execute(count).scalar_one()
        assert jobs.tick(NOON) == 1
        assert connection.execute(count).scalar_one() == kept
    assert jobs.job(job).updated_at == before
