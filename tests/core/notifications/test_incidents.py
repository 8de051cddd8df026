"""F53: what happens again and again is told once, then how often, and then that it is over."""

import threading
from collections.abc import Callable
from dataclasses import replace

from dataviz_pipelines.core.models.notifications import Severity
from dataviz_pipelines.core.notifications import Notice
from dataviz_pipelines.core.notifications.store import KEPT
from tests.core.notifications.outbox import Outbox
from tests.servers.smtp import MailServer

FAILED = Notice("job_failed", "Sales failed", "A run failed.", None, Severity.ERROR, "job:1")
WORKS = Notice("job_recovered", "Sales works again", "A run succeeded.", key="job:1", recovers=True)
Look = Callable[[], int]


def pass_the_window(outbox: Outbox) -> None:
    outbox.run("UPDATE notification_incidents SET told_at = told_at - interval '2 hours'")


def test_F53_what_happens_again_is_counted_and_nobody_is_told(outbox: Outbox) -> None:
    ada = outbox.person()
    for _ in range(4):
        outbox.mail(ada, notice=FAILED)
    assert outbox.messages() == ["A run failed."]
    assert outbox.states() == [("queued", 0)]
    assert outbox.run("SELECT repeat_count FROM notification_incidents") == [(3,)]


def test_F53_after_a_while_people_hear_how_often_it_happened_although_it_does_not_any_more(
    outbox: Outbox, deliverer: Look, mails: MailServer
) -> None:
    ada = outbox.person()
    for _ in range(4):
        outbox.mail(ada, notice=FAILED)
    deliverer()
    mails.next()
    assert len(outbox.messages()) == 1
    pass_the_window(outbox)
    deliverer()
    said = "A run failed.\nIt happened 3 more times."
    assert outbox.messages() == ["A run failed.", said]
    assert mails.next().message.get_content().splitlines() == said.splitlines()
    deliverer()
    assert (len(outbox.messages()), mails.delivered.empty()) == (2, True)


def test_F53_when_it_happens_after_a_while_people_hear_of_it_at_once(outbox: Outbox) -> None:
    ada = outbox.person()
    for _ in range(2):
        outbox.mail(ada, notice=FAILED)
    pass_the_window(outbox)
    outbox.mail(ada, notice=replace(FAILED, message="Another run failed."))
    assert outbox.messages() == [
        "A run failed.",
        "Another run failed.\nIt happened once more.",
    ]


def test_F53_that_it_is_over_is_told_once_and_then_it_can_begin_anew(outbox: Outbox) -> None:
    ada = outbox.person()
    outbox.mail(ada, notice=WORKS)
    assert outbox.messages() == []
    for notice in (FAILED, FAILED, WORKS, WORKS, FAILED):
        outbox.mail(ada, notice=notice)
    assert outbox.messages() == [
        "A run failed.",
        "A run succeeded.\nIt happened once more.",
        "A run failed.",
    ]
    assert len(outbox.states()) == 3


def test_F53_other_keys_are_other_incidents_and_without_one_all_is_told(outbox: Outbox) -> None:
    ada = outbox.person()
    for key in ("job:1", "job:2", None, None):
        outbox.tell(ada, notice=replace(FAILED, key=key))
    assert len(outbox.messages()) == 4


def test_F53_of_failures_at_the_same_time_one_is_told(outbox: Outbox) -> None:
    ada = outbox.person()
    start = threading.Barrier(8)

    def fail() -> None:
        start.wait()
        outbox.mail(ada, notice=FAILED)

    threads = [threading.Thread(target=fail) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outbox.messages()) == len(outbox.states()) == 1
    assert outbox.run("SELECT repeat_count FROM notification_incidents") == [(7,)]


def test_what_nobody_saw_for_long_is_forgotten(outbox: Outbox, deliverer: Look) -> None:
    outbox.tell(outbox.person(), notice=FAILED)
    outbox.later(days=KEPT.days - 1)
    deliverer()
    assert len(outbox.run("SELECT 1 FROM notification_incidents")) == 1
    outbox.later(days=2)
    deliverer()
    assert outbox.run("SELECT 1 FROM notification_incidents") == []
