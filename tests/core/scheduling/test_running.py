"""Runs in their worker processes: how they end, and what follows from it."""

import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from dataviz_pipelines.core.fates import Fate
from dataviz_pipelines.core.models.documents.scheduler import RunPolicy
from dataviz_pipelines.core.scheduling import operating, store
from dataviz_pipelines.core.scheduling.dispatching import make_batches
from dataviz_pipelines.core.scheduling.finishing import LOST, NEVER_BEGUN, retry_delay_s
from dataviz_pipelines.core.scheduling.healing import heal
from dataviz_pipelines.core.scheduling.performing import perform
from dataviz_pipelines.core.scheduling.running import Worker, run_batch
from tests.core.scheduling.given import NOON, Calls, Jobs
from tests.servers.processes import children_of

MINUTE = timedelta(minutes=1)


def notices(jobs: Jobs) -> list[str]:
    with jobs.engine.begin() as connection:
        statement = text("SELECT notification_type FROM notifications ORDER BY id")
        return list(connection.execute(statement).scalars())


def each_minute(jobs: Jobs, minutes: range) -> list[str]:
    ended = []
    for minute in minutes:
        jobs.tick(NOON + minute * MINUTE)
        ended += jobs.work()
    return ended


def test_a_run_is_recorded_from_start_to_end_and_links_to_its_dagster_run(
    jobs: Jobs, calls: Calls
) -> None:
    job = jobs.add(f"{calls.url}/ok")
    jobs.tick()
    (batch,) = make_batches(jobs.scheduling)
    (ended,) = run_batch(jobs.scheduling, batch.id, "dagster-run")
    (row,) = jobs.runs(job)
    assert (ended["id"], ended["status"], row.status) == (row.id, "succeeded", "succeeded")
    assert (row.dagster_run_id, row.error_log) == ("dagster-run", None)
    assert row.started_at <= row.completed_at
    assert row.duration_ms >= 0
    assert row.output_log.startswith(f"GET {calls.url}/ok at 127.0.0.1\n200 OK\n")
    assert calls.keys == {row.run_id: 1}


def test_one_light_jobs_failure_is_not_the_others_of_its_batch(jobs: Jobs, calls: Calls) -> None:
    good, bad = jobs.add(f"{calls.url}/ok"), jobs.add(f"{calls.url}/500")
    jobs.tick()
    assert len(make_batches(jobs.scheduling)) == 1
    assert sorted(jobs.work()) == ["failed", "succeeded"]
    assert jobs.runs(good)[0].status == "succeeded"
    (row,) = jobs.runs(bad)
    assert row.error_log == f"GET {calls.url}/500 was answered with 500."


def test_F50_a_run_that_takes_too_long_is_killed_and_the_others_go_on(
    jobs: Jobs, calls: Calls
) -> None:
    slow = jobs.add(f"{calls.url}/slow", timeout_s=1)
    others = [jobs.add(f"{calls.url}/ok") for _ in range(8)]
    jobs.tick()
    assert sorted(jobs.work()) == [*["succeeded"] * 8, "timed_out"]
    (row,) = jobs.runs(slow)
    assert (row.status, row.error_log) == (
        "timed_out",
        "It took longer than 1 seconds, and was ended.",
    )
    assert jobs.job(slow).consecutive_failures == 1
    assert {jobs.runs(other)[0].status for other in others} == {"succeeded"}


def test_F50_a_run_that_is_being_ended_is_not_taken_for_lost(
    jobs: Jobs, calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The scheduler looks just when the process is gone, and before it was recorded why."""
    kill = Worker.kill

    def kill_and_look(worker: Worker) -> None:
        kill(worker)
        heal(jobs.scheduling, lambda _: Fate.ALIVE)

    monkeypatch.setattr(Worker, "kill", kill_and_look)
    job = jobs.add(f"{calls.url}/slow", timeout_s=1, max_retries=1)
    jobs.tick()
    assert jobs.work() == ["queued"]
    (row,) = jobs.runs(job)
    assert (row.lost_count, row.error_log) == (0, "It took longer than 1 seconds, and was ended.")
    jobs.now += timedelta(hours=1)
    assert jobs.work() == ["timed_out"]
    heal(jobs.scheduling, lambda _: Fate.LOST)
    assert [(row.status, row.lost_count) for row in jobs.runs(job)] == [("timed_out", 0)]


def test_what_slow_runs_keep_waiting_is_given_to_another_dagster_run(
    jobs: Jobs, calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dataviz_pipelines.core.scheduling.running.PATIENCE_S", 4.0)
    slow = [jobs.add(f"{calls.url}/slow", priority=1) for _ in range(jobs.scheduling.workers)]
    quick = jobs.add(f"{calls.url}/ok")
    jobs.tick()
    (batch,) = make_batches(jobs.scheduling)
    with ThreadPoolExecutor(1) as pool:
        ended = pool.submit(list, run_batch(jobs.scheduling, batch.id, "first"))
        while jobs.runs(quick)[0].batch_id is not None:
            time.sleep(0.1)
        assert jobs.work() == ["succeeded"]
        assert {jobs.runs(job)[0].status for job in slow} == {"running"}
        calls.let_go.set()
        assert [row["status"] for row in ended.result()] == ["succeeded"] * len(slow)
    assert [row.attempt for row in jobs.runs(quick)] == [0]


def test_a_job_that_is_deleted_while_it_runs_is_ended_and_the_others_go_on(
    jobs: Jobs, calls: Calls
) -> None:
    gone, slow = jobs.add(f"{calls.url}/slow"), jobs.add(f"{calls.url}/slow")
    jobs.tick()
    (batch,) = make_batches(jobs.scheduling)
    runs = run_batch(jobs.scheduling, batch.id, None)
    with ThreadPoolExecutor(1) as pool:
        ended = pool.submit(list, runs)
        while len(calls.keys) < len([gone, slow]):
            time.sleep(0.02)
        with jobs.engine.begin() as connection:
            connection.execute(text("DELETE FROM scheduler_jobs WHERE id = :id"), {"id": gone})
        time.sleep(1.5)
        calls.let_go.set()
        assert [row["job_id"] for row in ended.result()] == [slow]
    assert [row.status for row in jobs.runs()] == ["succeeded"]


def test_F58_a_run_is_cancelled_while_it_runs(jobs: Jobs, calls: Calls) -> None:
    job = jobs.add(f"{calls.url}/slow")
    jobs.tick()
    thread = threading.Thread(target=jobs.work)
    thread.start()
    while not calls.keys:
        thread.join(0.05)
    with jobs.engine.begin() as connection:
        operating.cancel_run(connection, jobs.runs(job)[0].id, now=NOON)
    thread.join(30)
    (row,) = jobs.runs(job)
    assert (row.status, row.error_log) == ("cancelled", "It was cancelled while it ran.")
    assert jobs.job(job).consecutive_failures == 0


def test_F58_what_fails_while_it_is_to_be_cancelled_is_not_tried_again(
    jobs: Jobs, calls: Calls
) -> None:
    job = jobs.add(f"{calls.url}/500", max_retries=5)
    jobs.tick()
    (batch,) = make_batches(jobs.scheduling)
    with jobs.engine.begin() as connection:
        connection.execute(text("UPDATE scheduler_job_runs SET cancel_requested = true"))
    perform(jobs.scheduling, batch.id, jobs.runs(job)[0].id)
    assert [(row.status, row.attempt) for row in jobs.runs(job)] == [("failed", 0)]


def test_whoever_ends_the_batch_ends_what_runs_and_says_so(jobs: Jobs, calls: Calls) -> None:
    quick, slow = jobs.add(f"{calls.url}/ok"), jobs.add(f"{calls.url}/slow")
    jobs.tick()
    (batch,) = make_batches(jobs.scheduling)
    runs = run_batch(jobs.scheduling, batch.id, None)
    assert next(runs)["job_id"] == quick
    runs.close()
    assert [(row.status, row.error_log) for row in jobs.runs(slow)] == [
        ("cancelled", "Its run was ended in Dagster.")
    ]


def test_a_batch_that_breaks_off_loses_what_it_was_doing_as_if_it_had_died(
    jobs: Jobs, calls: Calls
) -> None:
    quick, slow = jobs.add(f"{calls.url}/ok"), jobs.add(f"{calls.url}/slow")
    repeated = jobs.add(f"{calls.url}/slow", max_retries=1)
    jobs.tick()
    (batch,) = make_batches(jobs.scheduling)
    runs = run_batch(jobs.scheduling, batch.id, None)
    assert next(runs)["job_id"] == quick
    while len(calls.keys) < len([quick, slow, repeated]):
        time.sleep(0.02)
    with pytest.raises(ConnectionError):
        runs.throw(ConnectionError())
    (lost,), (again,) = jobs.runs(slow), jobs.runs(repeated)
    assert (lost.status, lost.error_log, lost.lost_count) == ("failed", LOST.error, 1)
    assert (again.status, again.attempt, again.lost_count) == ("queued", 1, 1)


def test_a_run_that_was_given_to_a_dead_worker_is_asked_for_again(jobs: Jobs, calls: Calls) -> None:
    first = jobs.add(f"{calls.url}/ok")
    jobs.tick()
    (batch,) = make_batches(jobs.scheduling)
    runs = run_batch(jobs.scheduling, batch.id, "stays", stay_s=30)
    assert next(runs)["job_id"] == first
    jobs.set(first, next_run_at=None)
    (worker,) = children_of(os.getpid(), running=jobs.scheduling.worker)
    os.kill(worker, signal.SIGKILL)
    second = jobs.add(f"{calls.url}/ok")
    assert (next(runs)["job_id"], next(runs)["status"]) == (second, "succeeded")
    runs.close()
    (row,) = jobs.runs(second)
    assert (row.status, row.attempt, row.error_log) == ("succeeded", 1, NEVER_BEGUN.error)
    assert calls.keys[row.run_id] == 1


def test_a_worker_whose_run_was_taken_for_lost_is_ended(jobs: Jobs, calls: Calls) -> None:
    job = jobs.add(f"{calls.url}/slow")
    jobs.tick()
    thread = threading.Thread(target=jobs.work)
    thread.start()
    while not calls.keys:
        thread.join(0.05)
    cut_sessions(jobs, "job worker")
    assert heal(jobs.scheduling, lambda _: Fate.ALIVE) == 1
    thread.join(30)
    assert not thread.is_alive()
    assert [(row.status, row.error_log) for row in jobs.runs(job)] == [("failed", LOST.error)]
    assert jobs.job(job).consecutive_failures == 1


def cut_sessions(jobs: Jobs, name: str) -> None:
    """As a database that is started again does to everybody's; returns when their locks are gone."""
    statement = text(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
        "WHERE application_name = :name AND datname = current_database()"
    )
    with jobs.engine.begin() as connection:
        assert list(connection.execute(statement, {"name": name}).scalars())


def test_F50_a_failure_is_tried_again_later_each_time(jobs: Jobs, calls: Calls) -> None:
    job = jobs.add(f"{calls.url}/500", max_retries=2, retry_delay_s=10)
    jobs.tick()
    for _ in range(2):
        assert jobs.work() == ["queued"]
        assert jobs.work() == []
        jobs.now = jobs.runs(job)[0].not_before
    assert jobs.work() == ["failed"]
    (row,) = jobs.runs(job)
    assert (row.attempt, jobs.job(job).consecutive_failures) == (2, 1)
    assert "[try 3] GET" in row.error_log
    assert calls.keys == {row.run_id: 3}  # the key that whoever is called can tell it by


def test_retries_are_spread_and_bounded() -> None:
    assert 10 <= retry_delay_s(RunPolicy(retry_delay_s=10), "a", 0) <= 12.5
    assert 20 <= retry_delay_s(RunPolicy(retry_delay_s=10), "a", 1) <= 25
    policy = RunPolicy(retry_delay_s=600)
    assert retry_delay_s(policy, "a", 1) == retry_delay_s(policy, "a", 1)
    assert retry_delay_s(policy, "a", 1) != retry_delay_s(policy, "b", 1)
    assert retry_delay_s(policy, "a", 9) <= 3_600 * 1.25


def test_F51_a_pause_after_one_failure_is_told_in_good_english(jobs: Jobs, calls: Calls) -> None:
    jobs.add(f"{calls.url}/500", owner=jobs.person(), pause_after=1)
    each_minute(jobs, range(1))
    with jobs.engine.begin() as connection:
        statement = text("SELECT message FROM notifications WHERE notification_type = 'job_paused'")
        (said,) = connection.execute(statement).scalars()
    assert said.startswith("It failed once. Resume it when the cause is gone.")


def test_F53_what_is_told_goes_to_the_channels_of_the_job_too(jobs: Jobs, calls: Calls) -> None:
    owner = jobs.person()
    channels = [{"kind": "email"}, {"kind": "webhook", "target": "ops"}, {"kind": "in_app"}]
    jobs.add(f"{calls.url}/500", owner=owner, notify={"channels": channels})
    each_minute(jobs, range(1))
    with jobs.engine.begin() as connection:
        statement = text(
            "SELECT channel_kind, user_id, target, severity FROM notification_deliveries ORDER BY id"
        )
        queued = [tuple(row) for row in connection.execute(statement)]
    assert queued == [("email", owner, None, "error"), ("webhook", None, "ops", "error")]


def test_F51_F52_F53_warning_then_pause_then_any_success_resets(jobs: Jobs, calls: Calls) -> None:
    owner = jobs.person()
    policy: dict[str, Any] = {"warn_after": 2, "pause_after": 3}
    job = jobs.add(f"{calls.url}/500", owner=owner, **policy)
    each_minute(jobs, range(5))
    assert notices(jobs) == ["job_failure", "job_warning", "job_paused"]
    row = jobs.job(job)
    assert (row.is_active, row.pause_reason, row.consecutive_failures) == (False, "failures", 3)
    assert [each[2] for each in jobs.decided(job)] == [None, None, None, "failures", "failures"]
    jobs.set(job, job_config={"url": f"{calls.url}/ok"})
    with jobs.engine.begin() as connection:
        found = operating.find_job(connection, str(job))
        operating.run_now(connection, found, jobs.scheduling.runners)
    assert jobs.work() == ["succeeded"]
    assert jobs.job(job).consecutive_failures == 0
    assert notices(jobs)[3:] == ["job_recovery"]
    with jobs.engine.begin() as connection:
        operating.resume(connection, job)
    assert each_minute(jobs, range(5, 7)) == ["succeeded", "succeeded"]
    assert len(notices(jobs)) == 4


def test_a_request_that_is_repeated_does_nothing(jobs: Jobs, calls: Calls) -> None:
    jobs.add(f"{calls.url}/ok")
    jobs.tick()
    (batch,) = make_batches(jobs.scheduling)
    assert [row["status"] for row in run_batch(jobs.scheduling, batch.id, "a")] == ["succeeded"]
    assert list(run_batch(jobs.scheduling, batch.id, "b")) == []
    assert list(calls.keys.values()) == [1]


def test_a_run_that_somebody_else_holds_is_left_to_them(jobs: Jobs, calls: Calls) -> None:
    job = jobs.add(f"{calls.url}/ok")
    jobs.tick()
    (batch,) = make_batches(jobs.scheduling)
    (row,) = jobs.runs(job)
    with jobs.engine.connect() as session:
        assert store.lock_run(session, row.id)
        perform(jobs.scheduling, batch.id, row.id)
        assert jobs.runs(job)[0].status == "queued"
        store.unlock_run(session, row.id)
    perform(jobs.scheduling, batch.id, row.id)
    assert jobs.runs(job)[0].status == "succeeded"


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"job_type": "backup"}, "Nothing here runs jobs of the type backup."),
        (
            {"job_config": {"url": "ftp://example.org"}},
            "Its configuration does not fit its type any more. Save the job again.",
        ),
    ],
)
def test_what_cannot_be_run_fails_and_says_why(
    jobs: Jobs, columns: dict[str, Any], said: str
) -> None:
    job = jobs.add()
    jobs.set(job, **columns)
    jobs.tick()
    assert jobs.work() == ["failed"]
    assert jobs.runs(job)[0].error_log == said


def test_more_urgent_runs_go_first(jobs: Jobs) -> None:
    for priority in (0, 5, -5, 10):
        jobs.add(priority=priority)
    jobs.tick()
    (batch,) = make_batches(jobs.scheduling)
    with jobs.engine.begin() as connection:
        taken = store.take_batch(connection, batch.id, None)
    assert [each.priority for each in taken] == [10, 5, 0, -5]
    assert batch.priority == 10


def test_light_runs_join_a_batch_that_no_dagster_run_has_begun(jobs: Jobs) -> None:
    jobs.add()
    jobs.tick()
    (batch,) = make_batches(jobs.scheduling)
    jobs.add()
    jobs.tick()
    (joined,) = make_batches(jobs.scheduling)
    assert (joined.id, joined.runs) == (batch.id, 2)
    with jobs.engine.begin() as connection:
        assert len(store.take_batch(connection, batch.id, "begun")) == 2
    jobs.add()
    jobs.tick()
    (other,) = make_batches(jobs.scheduling)
    assert (other.id != batch.id, other.runs) == (True, 1)


def test_a_dagster_run_that_stays_does_what_comes_due_meanwhile(jobs: Jobs, calls: Calls) -> None:
    first = jobs.add(f"{calls.url}/ok")
    jobs.tick()
    (batch,) = make_batches(jobs.scheduling)
    runs = run_batch(jobs.scheduling, batch.id, "stays", stay_s=30)
    assert next(runs)["job_id"] == first
    jobs.set(first, next_run_at=None)
    second = jobs.add(f"{calls.url}/ok")
    assert next(runs)["job_id"] == second
    runs.close()
    assert [row.dagster_run_id for row in jobs.runs()] == ["stays", "stays"]
