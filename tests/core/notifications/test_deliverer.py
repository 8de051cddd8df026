"""F53 and F55: what is told leaves the platform, and what became of it is known."""

import hashlib
import hmac
import json
import logging
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine

from dataviz_pipelines.core.models.documents.scheduler import NotificationChannel
from dataviz_pipelines.core.notifications import MAIL, notify
from dataviz_pipelines.core.notifications.connections import Webhook
from dataviz_pipelines.core.notifications.deliverer import LOST_AFTER, THREADS, Deliverer
from dataviz_pipelines.core.notifications.planning import MAX_ATTEMPTS, pause
from dataviz_pipelines.core.notifications.store import KEPT
from dataviz_pipelines.core.settings import Settings
from tests.core.notifications.outbox import NOTICE, SECRET, Outbox
from tests.servers.smtp import MailServer
from tests.servers.webhooks import Received, Receiver, answer

Look = Callable[[], int]


def signed(received: Received, secret: str) -> bool:
    """As docs/notifications.md tells receivers to do it."""
    parts = [part.split("=", 1) for part in received.headers["X-DataViz-Signature"].split(",")]
    (timestamp,) = [value for name, value in parts if name == "t"]
    wanted = hmac.new(
        secret.encode(), f"{timestamp}.".encode() + received.body, hashlib.sha256
    ).hexdigest()
    return any(hmac.compare_digest(wanted, value) for name, value in parts if name == "v1")


def test_a_notice_is_mailed_to_whom_it_is_told(
    outbox: Outbox, deliverer: Look, mails: MailServer
) -> None:
    outbox.mail(outbox.person())
    assert outbox.states() == [("queued", 0)]
    assert deliverer() == 1
    mail = mails.next()
    assert mail.recipients == ["ada@example.org"]
    assert mail.message["Subject"] == NOTICE.title
    lines = mail.message.get_content().splitlines()
    assert lines == [NOTICE.message, "", "https://dataviz.example.org/api/v1/tables/1"]
    ((delivery_id, status, delivered_at),) = outbox.rows("id, status, delivered_at")
    assert (status, delivered_at) == ("delivered", outbox.now)
    assert mail.message["Message-ID"] == f"<{delivery_id}@localhost>"
    assert deliverer() == 0


def test_a_mail_can_go_to_an_address_that_is_no_persons(
    outbox: Outbox, deliverer: Look, mails: MailServer
) -> None:
    outbox.tell(channels=[NotificationChannel(kind="email", target="team@example.org")])
    deliverer()
    assert mails.next().recipients == ["team@example.org"]


def test_a_webhook_is_signed_and_says_what_is_told(
    outbox: Outbox, deliverer: Look, receiver: Receiver
) -> None:
    outbox.channel("ops", receiver.url)
    outbox.post("ops")
    deliverer()
    received = receiver.next()
    ((delivery_id, status),) = outbox.rows("id, status")
    said = json.loads(received.body)
    assert {name: said[name] for name in ("id", "kind", "severity", "title", "message", "url")} == {
        "id": str(delivery_id),
        "kind": "source_changed",
        "severity": "info",
        "title": NOTICE.title,
        "message": NOTICE.message,
        "url": "https://dataviz.example.org/api/v1/tables/1",
    }
    assert received.headers["X-DataViz-Delivery"] == str(delivery_id)
    assert (signed(received, SECRET), signed(received, "another")) == (True, False)
    tampered = Received(received.path, received.headers, received.body.replace(b"gone", b"here"))
    assert not signed(tampered, SECRET)
    assert status == "delivered"


def test_while_a_secret_is_replaced_both_sign(
    outbox: Outbox, deliverer: Look, receiver: Receiver
) -> None:
    until = outbox.now + timedelta(hours=1)
    secrets = {"secret": SecretStr("new"), "old_secret": SecretStr("old"), "old_until": until}
    outbox.channel("ops", "", Webhook(url=SecretStr(receiver.url), **secrets))  # type: ignore[arg-type]
    outbox.post("ops")
    deliverer()
    received = receiver.next()
    assert (signed(received, "new"), signed(received, "old")) == (True, True)
    outbox.later(hours=2)
    outbox.post("ops")
    deliverer()
    received = receiver.next()
    assert (signed(received, "new"), signed(received, "old")) == (True, False)


def test_F55_what_did_not_arrive_is_tried_again_later_under_the_same_id(
    outbox: Outbox, deliverer: Look, receiver: Receiver
) -> None:
    receiver.answers += [answer(503), answer(500)]
    outbox.channel("ops", receiver.url)
    outbox.post("ops")
    deliverer()
    ((status, attempts, error, at),) = outbox.rows(
        "status, attempt_count, last_error, next_attempt_at"
    )
    assert (status, attempts, error) == ("queued", 1, "127.0.0.1 answered with status 503.")
    assert outbox.now + pause(1, 0) <= at <= outbox.now + pause(1, 1)
    assert deliverer() == 0
    outbox.later(minutes=1)
    deliverer()
    outbox.later(minutes=5)
    deliverer()
    assert outbox.rows("status, attempt_count, last_error") == [("delivered", 3, None)]
    ids = {receiver.next().headers["X-DataViz-Delivery"] for _ in range(3)}
    assert len(ids) == 1


def test_F55_after_many_attempts_it_is_failed_and_those_who_were_told_learn_it(
    outbox: Outbox, deliverer: Look, receiver: Receiver
) -> None:
    receiver.answers += [answer(500)] * MAX_ATTEMPTS
    outbox.channel("ops", receiver.url)
    outbox.post("ops", outbox.person())
    outbox.run("UPDATE notifications SET is_read = true")
    for _ in range(MAX_ATTEMPTS):
        assert outbox.messages() == [NOTICE.message]
        deliverer()
        outbox.later(hours=2)
    assert outbox.states() == [("failed", MAX_ATTEMPTS)]
    assert deliverer() == 0
    said = "Not delivered by webhook ops: 127.0.0.1 answered with status 500."
    assert outbox.messages() == [f"{NOTICE.message}\n{said}"]
    assert outbox.run("SELECT is_read FROM notifications") == [(False,)]


def test_F55_what_is_refused_fails_at_once(
    outbox: Outbox, deliverer: Look, receiver: Receiver
) -> None:
    receiver.answers.append(answer(404))
    outbox.channel("ops", receiver.url)
    outbox.post("ops")
    deliverer()
    assert outbox.rows("status, delivered_at") == [("failed", None)]


@pytest.mark.parametrize("url", ["https://127.0.0.1/", "http://169.254.169.254/latest"])
def test_S45_a_webhook_to_a_place_that_is_not_allowed_fails_at_once(
    outbox: Outbox, app_engine: Engine, database_settings: Settings, url: str
) -> None:
    outbox.channel("ops", url)
    outbox.post("ops")
    deliverer = Deliverer(app_engine, database_settings, clock=outbox.clock)
    deliverer.look(patience_s=60)
    deliverer.close()
    ((status, error),) = outbox.rows("status, last_error")
    assert status == "failed"
    assert "DATAVIZ_ALLOWED_NETWORKS" in error


def test_F55_a_mail_that_fails_is_told_to_whom_it_was_for_and_to_nobody_else(
    outbox: Outbox, app_engine: Engine, settings: Settings
) -> None:
    refusing = settings.model_copy(update={"smtp_url": SecretStr("smtp://127.0.0.1:1")})
    ada, bob = outbox.person(), outbox.person("bob@example.org")
    outbox.mail(ada, bob)
    outbox.run(
        "UPDATE notification_deliveries SET attempt_count = 7 WHERE user_id = %(ada)s", ada=ada
    )
    deliverer = Deliverer(app_engine, refusing, clock=outbox.clock)
    deliverer.look(patience_s=60)
    deliverer.close()
    found = outbox.run(
        "SELECT user_id, message <> %(plain)s FROM notifications", plain=NOTICE.message
    )
    assert dict(found) == {ada: True, bob: False}
    assert sorted(outbox.states()) == [("failed", 8), ("queued", 1)]


def test_a_channel_that_there_is_none_of_fails_and_one_that_is_off_is_suppressed(
    outbox: Outbox, deliverer: Look, receiver: Receiver
) -> None:
    outbox.channel("off", receiver.url)
    outbox.run("UPDATE notification_channels SET is_active = false")
    outbox.post("missing", outbox.person())
    outbox.post("off")
    deliverer()
    assert outbox.states() == [("failed", 0), ("suppressed", 0)]
    assert "There is no notification channel missing." in outbox.messages()[0]
    assert receiver.received.empty()


def test_without_a_mail_server_mails_are_suppressed_and_say_so(
    outbox: Outbox, app_engine: Engine, database_settings: Settings
) -> None:
    outbox.mail(outbox.person())
    deliverer = Deliverer(app_engine, database_settings, clock=outbox.clock)
    deliverer.look(patience_s=60)
    deliverer.close()
    assert outbox.rows("status, last_error") == [("suppressed", "No mail server is configured.")]


def test_nobody_is_mailed_after_their_account_was_closed(
    outbox: Outbox, deliverer: Look, mails: MailServer
) -> None:
    outbox.mail(outbox.person())
    outbox.run("UPDATE users SET is_active = false")
    deliverer()
    assert outbox.states() == [("suppressed", 0)]
    assert mails.delivered.empty()


def test_what_is_rolled_back_is_told_to_nobody(outbox: Outbox, deliverer: Look) -> None:
    ada = outbox.person()
    with outbox.engine.connect() as connection:
        notify(connection, NOTICE, [ada], [MAIL])
        connection.rollback()
    assert (outbox.states(), outbox.messages(), deliverer()) == ([], [], 0)


def test_two_deliverers_at_once_send_each_message_once(
    outbox: Outbox, app_engine: Engine, settings: Settings, receiver: Receiver
) -> None:
    outbox.channel("ops", receiver.url)
    for _ in range(40):
        outbox.post("ops")
    deliverers = [Deliverer(app_engine, settings, clock=outbox.clock) for _ in range(2)]
    start = threading.Barrier(2)

    def look(deliverer: Deliverer) -> None:
        start.wait()
        deliverer.look(patience_s=60)

    threads = [threading.Thread(target=look, args=(each,)) for each in deliverers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for deliverer in deliverers:
        deliverer.close()
    assert outbox.states() == [("delivered", 1)] * 40
    ids = [receiver.next().headers["X-DataViz-Delivery"] for _ in range(40)]
    assert (len(set(ids)), receiver.received.empty()) == (40, True)


def test_what_hangs_holds_up_nothing_else(
    outbox: Outbox, app_engine: Engine, settings: Settings, receiver: Receiver, mails: MailServer
) -> None:
    receiver.answers += [receiver.hang] * (THREADS - 1)
    outbox.channel("ops", receiver.url)
    for _ in range(THREADS - 1):
        outbox.post("ops")
    deliverer = Deliverer(app_engine, settings, clock=outbox.clock)
    deliverer.look(patience_s=0)
    for _ in range(THREADS - 1):
        receiver.next()
    outbox.mail(outbox.person())
    deliverer.look(patience_s=0)
    assert mails.next().recipients == ["ada@example.org"]
    receiver.over.set()
    deliverer.close()


def test_what_its_sender_left_is_sent_again_and_a_late_word_of_the_first_changes_nothing(
    outbox: Outbox, deliverer: Look, receiver: Receiver
) -> None:
    outbox.channel("ops", receiver.url)
    outbox.post("ops")
    outbox.run(
        "UPDATE notification_deliveries SET status = 'sending', attempt_count = 1, next_attempt_at = %(at)s",
        at=outbox.now + LOST_AFTER,
    )
    assert deliverer() == 0
    outbox.now += LOST_AFTER
    assert deliverer() == 1
    assert outbox.states() == [("delivered", 2)]


def test_what_ends_its_sender_every_time_fails(outbox: Outbox, deliverer: Look) -> None:
    outbox.mail(outbox.person())
    outbox.run(
        "UPDATE notification_deliveries SET status = 'sending', attempt_count = %(most)s",
        most=MAX_ATTEMPTS,
    )
    assert deliverer() == 0
    assert outbox.states() == [("failed", MAX_ATTEMPTS)]


def test_what_is_over_is_kept_for_a_while(outbox: Outbox, deliverer: Look) -> None:
    outbox.mail(outbox.person())
    deliverer()
    outbox.later(days=KEPT.days - 1)
    deliverer()
    assert len(outbox.states()) == 1
    outbox.later(days=2)
    deliverer()
    assert outbox.states() == []


def test_no_secret_is_logged_or_kept_in_the_clear(
    outbox: Outbox, deliverer: Look, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    receiver.answers += [answer(500), answer(302, Location=receiver.url)]
    outbox.channel("ops", receiver.url)
    for _ in range(2):
        outbox.post("ops")
    deliverer()
    kept = str(outbox.run("SELECT to_jsonb(item) FROM notification_channels AS item"))
    kept += str(outbox.run("SELECT to_jsonb(item) FROM notification_deliveries AS item"))
    kept += str(outbox.run("SELECT to_jsonb(item) FROM audit_logs AS item"))
    assert "ops" in kept
    for secret in ("s3cret-path", "s3cret-token", SECRET):
        assert secret not in kept + caplog.text


def test_pauses_grow_up_to_an_hour_and_are_spread() -> None:
    middle = [pause(attempt, 0.5) for attempt in range(1, MAX_ATTEMPTS)]
    assert middle[:3] == [timedelta(seconds=15), timedelta(minutes=1), timedelta(minutes=4)]
    assert middle[-1] == timedelta(hours=1)
    assert pause(1, 0) == timedelta(seconds=12) < timedelta(seconds=18) == pause(1, 1)
