"""Mails against a real mail server: encryption, log-in, and what is not sent."""

import logging
from pathlib import Path

import pytest
from pydantic import SecretStr

from dataviz_pipelines.core.mail import (
    Attachment,
    Mail,
    MailNotSentError,
    MailServerAwayError,
    send,
)
from dataviz_pipelines.core.settings import Settings
from tests.servers.processes import free_port
from tests.servers.smtp import certificate, mail_server

LINK = "https://dataviz.example.org/#reset=tokentokentokentokentokentokentokentokentokentoken"
MAIL = Mail("ada@example.org", "A new password", f"Someone asked.\n\n{LINK}\n.\nWith a dot.\n")


def _settings(url: str | None, **values: object) -> Settings:
    return Settings(smtp_url=None if url is None else SecretStr(url), **values)  # type: ignore[arg-type]


def test_a_mail_arrives_as_it_was_written() -> None:
    with mail_server() as server:
        send(_settings(server.url, mail_from="Data <data@example.org>"), MAIL)
        delivery = server.next()
    message = delivery.message
    assert delivery.recipients == ["ada@example.org"]
    assert (message["To"], message["From"]) == ("ada@example.org", "Data <data@example.org>")
    assert message["Subject"] == "A new password"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"].endswith("@example.org>")
    assert message["Date"].datetime.tzinfo is not None
    assert message.get_content().splitlines() == MAIL.text.splitlines()
    assert (delivery.login, delivery.encrypted) == (None, False)


@pytest.mark.parametrize("implicit", [False, True])
def test_a_mail_and_its_password_are_encrypted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, implicit: bool
) -> None:
    context, trusted = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    with mail_server(tls=context, implicit=implicit) as server:
        send(_settings(server.url_with_login), MAIL)
        delivery = server.next()
    assert (delivery.login, delivery.encrypted) == (("dataviz", "s@cret"), True)
    assert delivery.link == LINK


@pytest.mark.parametrize("implicit", [False, True])
def test_a_server_that_nobody_vouches_for_gets_neither_mail_nor_password(
    tmp_path: Path, implicit: bool
) -> None:
    context, _ = certificate(tmp_path)
    with mail_server(tls=context, implicit=implicit) as server:
        with pytest.raises(MailNotSentError):
            send(_settings(server.url_with_login), MAIL)
        assert not [line for line in server.heard if not line.lower().startswith(("ehlo", "start"))]


def test_a_password_is_not_sent_to_another_machine_without_tls() -> None:
    with mail_server(host="127.0.0.2") as server:  # here as well, but not called so
        with pytest.raises(MailNotSentError, match="offers no TLS"):
            send(_settings(server.url_with_login), MAIL)
        assert [line[:4].lower() for line in server.heard] == ["ehlo"]


def test_on_this_machine_a_password_needs_no_tls() -> None:
    with mail_server() as server:
        send(_settings(server.url_with_login), MAIL)
        assert server.next().login == ("dataviz", "s@cret")


def test_a_recipient_that_the_server_does_not_know_is_told() -> None:
    with mail_server(refused=frozenset({"ada@example.org"})) as server:
        with pytest.raises(MailNotSentError, match="refused the recipient"):
            send(_settings(server.url), MAIL)
        assert server.delivered.empty()


@pytest.mark.parametrize(
    "url", ["smtp+tls://u:p@127.0.0.1:{port}", "127.0.0.1:{port}", "smtp://127.0.0.1:mail"]
)
def test_an_address_that_is_none_is_told_and_nothing_is_sent_there(url: str) -> None:
    with mail_server() as server:
        with pytest.raises(MailNotSentError):
            send(_settings(url.format(port=server.port)), MAIL)
        assert server.heard == []


def test_a_server_that_is_away_is_told_without_the_password() -> None:
    url = f"smtp://dataviz:s%40cret@127.0.0.1:{free_port()}"
    with pytest.raises(MailServerAwayError) as caught:
        send(_settings(url), MAIL)
    assert "cret" not in str(caught.value)


def test_one_address_is_one_recipient_whatever_it_holds() -> None:
    with mail_server() as server:
        send(_settings(server.url), Mail("eve@evil.example,ada@example.org", "Hello", "Text\n"))
        assert len(server.next().recipients) == 1


@pytest.mark.parametrize(
    "to", ["ada@example.org\nBcc: eve@evil.example", "ada@example.org\r\nX: 1"]
)
def test_an_address_cannot_add_a_header(to: str) -> None:
    with mail_server() as server:
        with pytest.raises(MailNotSentError):
            send(_settings(server.url), Mail(to, "Hello", "Text\n"))
        assert server.delivered.empty()


@pytest.mark.parametrize(
    "name", ["Umsätze Köln — 日本 " + "und so weiter " * 6 + ".csv", 'a "b"; c=d.csv']
)
def test_a_file_arrives_byte_for_byte_under_its_name(name: str) -> None:
    content = bytes(range(256)) + b"\r\n.\r\nlone \n and \r" * 1_000
    file = Attachment(name, "text/csv; charset=utf-8", content)
    with mail_server() as server:
        send(_settings(server.url), Mail("ada@example.org", "Hello", "Grüße\n", attachment=file))
        message = server.next().message
    (found,) = message.iter_attachments()
    assert found.get_filename() == name
    assert found["Content-Type"] == 'text/csv; charset="utf-8"'
    assert found.get_payload(decode=True) == content
    body = message.get_body(("plain",))
    assert body is not None
    assert body.get_content().splitlines() == ["Grüße"]


@pytest.mark.parametrize("name", ["a.csv\r\nBcc: eve@evil.example", "a\nb.csv"])
def test_a_files_name_cannot_add_a_header(name: str) -> None:
    file = Attachment(name, "text/csv", b"a")
    with mail_server() as server:
        with pytest.raises(MailNotSentError):
            send(_settings(server.url), Mail("ada@example.org", "Hello", "", attachment=file))
        assert server.delivered.empty()


def test_a_file_is_not_sent_by_writing_a_log(caplog: pytest.LogCaptureFixture) -> None:
    file = Attachment("a.csv", "text/csv", b"a")
    mail = Mail("ada@example.org", "Hello", LINK, attachment=file)
    with pytest.raises(MailNotSentError, match="No mail server"):
        send(_settings(None, log_mails=True), mail)
    assert LINK not in caplog.text


def test_a_mail_is_logged_only_where_that_was_asked_for(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(MailNotSentError, match="No mail server"):
        send(_settings(None), MAIL)
    assert LINK not in caplog.text
    send(_settings(None, log_mails=True), MAIL)
    assert LINK in caplog.text


def test_with_a_mail_server_nothing_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with mail_server() as server:
        send(_settings(server.url, log_mails=True), MAIL)
        server.next()
    assert LINK not in caplog.text
    assert LINK not in repr(MAIL)
