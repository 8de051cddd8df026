"""F55: whom a report reaches, each apart and once; and what is told when it does not."""

import hmac
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256

import pytest
from pydantic import SecretStr

from dataviz_pipelines.core.scheduling.dispatching import make_batches
from dataviz_pipelines.core.scheduling.running import run_batch
from tests.core.job_types.report_delivery.reports import (
    ADA,
    ROWS,
    Reports,
    mailed,
    told,
    worker_of,
)
from tests.core.notifications.outbox import SECRET
from tests.servers.smtp import mail_server
from tests.servers.webhooks import Receiver, answer

OPS = {"kind": "webhook", "target": "ops"}
BOTH = {"channels": [*mailed("ada@example.org"), OPS]}


def test_each_gets_a_message_of_their_own_and_sees_nobody_else(reports: Reports) -> None:
    given = mailed("ada@example.org", "bob@example.org", "ADA@example.org")
    row = reports.outcome(channels=given)
    assert row.error_log is None
    assert [each.lower() for each in reports.recipients()] == ["ada@example.org", "bob@example.org"]


def test_the_owner_people_and_roles_get_it_while_they_are_active(reports: Reports) -> None:
    bench = reports.bench
    query = bench.save(ROWS)
    seen = (("saved_query", query), ("data_source", bench.source_id))
    may = ("saved_queries:run", "saved_queries:view", "data_sources:view")
    owner, member = bench.owner(*may, sees=seen), bench.owner()
    person, other, gone = (bench.jobs.person() for _ in range(3))
    reports.give_role(reports.role_of(member), other, gone)
    bench.rows(f"UPDATE users SET is_active = false WHERE id = '{gone}' RETURNING 1")
    job = bench.job(
        "report_delivery",
        query,
        owner=owner,
        channels=[{"kind": "email"}],
        user_ids=[str(person), str(owner), str(gone)],
        role_ids=[str(reports.role_of(member))],
    )
    row = reports.run(job)
    assert row.error_log is None
    wanted = sorted(f"{each}@example.org" for each in (owner, person, member, other))
    assert reports.recipients() == wanted
    assert row.output_log.count("Sent to Ada Lovelace.") == 4  # their addresses are not told
    assert "@" not in row.output_log


def test_without_anybody_who_is_active_the_run_fails(reports: Reports) -> None:
    row = reports.outcome(user_ids=[str(reports.bench.jobs.person(is_active=False))])
    assert row.error_log.startswith("There is nobody to send it to")
    row = reports.outcome(channels=[{"kind": "email"}])
    assert row.error_log.startswith("The job has no owner")


def test_whom_the_server_refuses_is_told_and_the_others_have_it_once(reports: Reports) -> None:
    given = mailed("ada@example.org", "nobody@example.org", "bob@example.org")
    job = reports.once(channels=given)
    row = reports.run(job)
    assert (row.status, row.attempt) == ("queued", 1)
    assert row.error_log == (
        "The report did not reach 1 of 3. nobody@example.org: The mail server refused the recipient."
    )
    assert "Sent to ada@example.org.\nSent to bob@example.org." in row.output_log
    assert reports.recipients() == ["ada@example.org", "bob@example.org"]
    reports.later()
    row = reports.run(job)
    assert row.status == "failed"
    assert "[try 2] An earlier try has reached ada@example.org." in row.output_log
    assert reports.sent() == []


def test_a_server_that_is_away_is_waited_for_once_and_tried_again(reports: Reports) -> None:
    with mail_server() as away:
        url = away.url
    reports.configure(smtp_url=SecretStr(url))
    job = reports.once(channels=mailed("ada@example.org", "bob@example.org"))
    row = reports.run(job)
    assert row.status == "queued"
    assert row.error_log == (
        "The report did not reach 2 of 2. ada@example.org: The mail server cannot be reached. "
        "bob@example.org: not tried."
    )
    reports.configure(smtp_url=SecretStr(reports.mails.url))
    reports.later()
    assert reports.run(job).status == "succeeded"
    assert reports.recipients() == ["ada@example.org", "bob@example.org"]


def test_every_slot_is_a_report_of_its_own(reports: Reports) -> None:
    job = reports.job(**ADA)
    for _ in range(2):
        assert reports.run(job).status == "succeeded"
    first, second = reports.sent()
    assert first.message["Message-ID"] != second.message["Message-ID"]


def test_what_arrives_twice_because_nothing_was_recorded_bears_the_same_id(
    reports: Reports,
) -> None:
    """As if the process had been killed between the two."""
    job = reports.once(channels=mailed("ada@example.org", "nobody@example.org"))
    reports.run(job)
    reports.bench.rows("DELETE FROM notification_deliveries RETURNING 1")
    reports.later()
    reports.run(job)
    first, second = reports.sent()
    assert first.message["Message-ID"] == second.message["Message-ID"]


def test_R3_a_run_that_is_killed_while_it_sends_goes_on_with_whom_it_had_not_reached(
    reports: Reports, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATAVIZ_SMTP_URL", reports.mails.url)  # for its worker
    reports.outbox.channel("ops", receiver.url)
    receiver.answers.append(receiver.hang)
    job = reports.once(**BOTH, max_retries=0)
    reports.bench.jobs.tick()
    (batch,) = make_batches(reports.bench.jobs.scheduling)
    running = run_batch(reports.bench.jobs.scheduling, batch.id, None)
    with ThreadPoolExecutor(1) as threads:
        ended = threads.submit(lambda: [row["status"] for row in running])
        hung = receiver.next()
        os.kill(worker_of(batch.id), signal.SIGKILL)
        assert ended.result(60) == ["queued"]
    assert reports.recipients() == ["ada@example.org"]
    reports.later()
    row = reports.run(job)
    assert (row.status, row.lost_count) == ("succeeded", 1)
    assert "An earlier try has reached ada@example.org." in row.output_log
    assert reports.sent() == []
    assert receiver.next().headers["X-DataViz-Delivery"] == hung.headers["X-DataViz-Delivery"]


def test_a_webhook_is_told_all_and_can_verify_it(reports: Reports, receiver: Receiver) -> None:
    channel = reports.outbox.channel("ops", receiver.url)
    row = reports.outcome(channels=[OPS, {"kind": "webhook", "target": str(channel)}])
    assert row.error_log is None
    assert row.output_log.endswith("Sent to webhook ops.")
    received = receiver.next()
    assert receiver.received.empty()
    stamp, signed = received.headers["X-DataViz-Signature"].split(",")
    expected = hmac.new(
        SECRET.encode(), f"{stamp.removeprefix('t=')}.".encode() + received.body, sha256
    )
    assert signed == f"v1={expected.hexdigest()}"
    document, file = told(received)
    assert file.decode("utf-8-sig") == "id,city\r\n1,Wien\r\n2,Wien\r\n3,Wien\r\n"
    assert document["id"] == received.headers["X-DataViz-Delivery"]
    assert (document["kind"], document["title"]) == ("report", f"Job {row.job_id}")
    assert document["url"] == (f"https://dataviz.example.org/api/v1/scheduler-jobs/{row.job_id}")
    document["report"].pop("content")
    assert document["report"] == {
        "job_id": str(row.job_id),
        "scheduled_for": "2026-03-02T12:00:00+00:00",
        "row_count": 3,
        "file_name": "report-2026-03-02.csv",
        "media_type": "text/csv; charset=utf-8",
    }


def test_a_webhook_that_fails_is_tried_again_and_nobody_else_is(
    reports: Reports, receiver: Receiver
) -> None:
    reports.outbox.channel("ops", receiver.url)
    receiver.answers.append(answer(500))
    job = reports.once(**BOTH)
    row = reports.run(job)
    assert row.error_log == (
        "The report did not reach 1 of 2. webhook ops: 127.0.0.1 answered with status 500."
    )
    assert "s3cret" not in row.error_log + row.output_log
    reports.later()
    assert reports.run(job).status == "succeeded"
    assert reports.recipients() == ["ada@example.org"]
    ids = {receiver.next().headers["X-DataViz-Delivery"] for _ in range(2)}
    assert len(ids) == 1


def test_what_arrived_is_among_the_deliveries_of_the_run(
    reports: Reports, receiver: Receiver
) -> None:
    reports.outbox.channel("ops", receiver.url)
    run = reports.outcome(**BOTH)
    rows = reports.outbox.rows("channel_kind, target, notice_id, kind, status, title")
    said = (run.id, "report", "delivered", f"Job {run.job_id}")
    assert sorted(rows) == [("email", "ada@example.org", *said), ("webhook", "ops", *said)]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("DELETE FROM notification_channels RETURNING 1", "There is no notification channel ops."),
        (
            "UPDATE notification_channels SET is_active = false RETURNING 1",
            "The channel is switched off.",
        ),
    ],
)
def test_a_channel_that_is_gone_or_off_is_a_failure_and_the_others_get_it(
    reports: Reports, receiver: Receiver, change: str, said: str
) -> None:
    reports.outbox.channel("ops", receiver.url)
    reports.bench.rows(change)
    row = reports.outcome(**BOTH)
    assert row.status == "failed"
    assert row.error_log == f"The report did not reach 1 of 2. webhook ops: {said}"
    assert reports.recipients() == ["ada@example.org"]
    assert receiver.received.empty()


def test_S45_a_webhook_to_a_place_that_is_not_allowed_gets_nothing(
    reports: Reports, receiver: Receiver
) -> None:
    reports.outbox.channel("ops", receiver.url.replace("127.0.0.1", "127.0.0.2"))
    row = reports.outcome(channels=[OPS])
    assert "127.0.0.2 is an address that the platform does not connect to" in row.error_log
    assert receiver.received.empty()


def test_without_a_mail_server_no_report_counts_as_sent(reports: Reports) -> None:
    reports.configure(smtp_url=None, log_mails=True)
    row = reports.outcome(**ADA)
    assert row.status == "failed"
    assert "No mail server is configured." in row.error_log
    assert reports.outbox.rows("id") == []


def test_the_owner_must_see_the_query_and_its_source_whenever_it_runs(reports: Reports) -> None:
    bench = reports.bench
    query = bench.save(ROWS)
    seen = (("saved_query", query), ("data_source", bench.source_id))
    owner = bench.owner("saved_queries:run", "saved_queries:view", "data_sources:view", sees=seen)
    job = bench.job("report_delivery", query, owner=owner, **ADA)
    assert bench.run(job).status == "succeeded"
    assert reports.recipients() == ["ada@example.org"]
    bench.rows("DELETE FROM resource_permissions WHERE resource_type = 'data_source' RETURNING 1")
    assert "There is no data source" in bench.run(job).error_log
    bench.rows("DELETE FROM user_roles RETURNING 1")
    assert bench.run(job).error_log.startswith("This needs the permission saved_queries:run.")
    assert reports.sent() == []
