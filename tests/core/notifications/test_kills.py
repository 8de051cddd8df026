"""kill -9 of the process that delivers: the message is sent again, and known for the same."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pydantic import SecretStr

from dataviz_pipelines.core.notifications.deliverer import LOST_AFTER
from dataviz_pipelines.core.settings import Settings
from dataviz_pipelines.core.sql import execute
from tests.core.notifications.outbox import Outbox
from tests.servers.smtp import MailServer
from tests.servers.webhooks import Receiver

DEADLINE_S = 60
Look = Callable[[], int]


@contextmanager
def delivering(settings: Settings) -> Iterator["subprocess.Popen[bytes]"]:
    named = {
        "HOME": str(settings.root),
        "DATABASE_URL": _plain(settings.database_url),
        "APP_DATABASE_URL": _plain(settings.app_database_url),
        "ALLOWED_NETWORKS": settings.allowed_networks,
        "SMTP_URL": _plain(settings.smtp_url),
        "PUBLIC_URL": settings.site,
    }
    environment = {**os.environ, **{f"DATAVIZ_{name}": value for name, value in named.items()}}
    command = [sys.executable, "-m", "tests.core.notifications.killable"]
    with subprocess.Popen(command, env=environment) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGKILL)


def _plain(secret: SecretStr | None) -> str:
    return "" if secret is None else secret.get_secret_value()


def wait_until_it_would_record(outbox: Outbox) -> None:
    """It has its answer, and stands before the row that the test holds."""
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        if outbox.run(
            "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() "
            "AND application_name = 'killable' AND wait_event_type = 'Lock'"
        ):
            return
        time.sleep(0.02)
    raise AssertionError("it never came to record anything")


def test_F55_a_webhook_that_was_sent_but_not_recorded_is_sent_again_under_the_same_id(
    outbox: Outbox, settings: Settings, receiver: Receiver, deliverer: Look
) -> None:
    outbox.channel("ops", receiver.url)
    outbox.post("ops")
    receiver.answers.append(receiver.wait_for_leave)
    with outbox.engine.begin() as holding:
        with delivering(settings) as process:
            first = receiver.next()
            execute(holding, "SELECT FROM notification_deliveries FOR UPDATE", {})
            receiver.leave.set()
            wait_until_it_would_record(outbox)
            process.send_signal(signal.SIGKILL)
            process.wait()
        assert outbox.states() == [("sending", 1)]
    outbox.now += LOST_AFTER
    assert deliverer() == 1
    second = receiver.next()
    header = "X-DataViz-Delivery"
    assert (second.headers[header], second.body) == (first.headers[header], first.body)
    assert outbox.states() == [("delivered", 2)]


def test_F55_a_mail_whose_sender_was_killed_is_sent_again_under_the_same_id(
    outbox: Outbox, settings: Settings, mails: MailServer, deliverer: Look
) -> None:
    mails.open_again.clear()
    outbox.mail(outbox.person())
    with delivering(settings) as process:
        deadline = time.monotonic() + DEADLINE_S
        while "DATA" not in [line.upper() for line in mails.heard]:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.wait()
    mails.open_again.set()
    first = mails.next().message["Message-ID"]
    assert outbox.states() == [("sending", 1)]
    outbox.now += LOST_AFTER
    assert deliverer() == 1
    assert mails.next().message["Message-ID"] == first
    assert outbox.states() == [("delivered", 2)]
