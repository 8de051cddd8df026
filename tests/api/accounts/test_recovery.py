"""Links by mail over HTTP, against a real mail server: nobody learns who has an account, nobody waits for a mail."""

import json
import logging
from collections.abc import Iterator

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import Engine

from api import mailing
from api.app import create_app
from dataviz_pipelines.core.settings import Settings
from tests.api.accounts.conftest import Members
from tests.api.accounts.doors import ME, RESETS, log_in, problem, status
from tests.api.people import People, Person
from tests.api.serving import serving
from tests.core.accounts.somebody import done, fetched
from tests.servers.smtp import MailServer, mail_server

CONFIRM = f"{RESETS}/confirm"
NEW = "another horse battery"
SITE = "https://dataviz.example.org"
USERS = "/api/v1/users"
VERIFY = f"{ME}/email-verification"


@pytest.fixture
def mails() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


@pytest.fixture
def settings(database_settings: Settings, mails: MailServer) -> Settings:
    mailed = {"smtp_url": SecretStr(mails.url), "public_url": f"{SITE}/", "log_mails": True}
    return database_settings.model_copy(update=mailed)


@pytest.fixture
def app(settings: Settings) -> FastAPI:
    return create_app(settings)


@pytest.fixture
def ada(members: Members) -> Person:
    return members(email="ada@example.org")


def ask(client: httpx.Client, email: str) -> httpx.Response:
    return client.post(RESETS, json={"email": email}, headers={"host": "evil.example"})


def wait_for_all(app: FastAPI) -> None:
    app.state.mailing._pool.shutdown(wait=True)


def test_a_forgotten_password_is_set_anew_by_the_link_of_a_mail(
    ada: Person, client: httpx.Client, mails: MailServer
) -> None:
    assert ask(client, " ADA@example.org").status_code == 202
    mail = mails.next()
    assert mail.recipients == ["ada@example.org"]
    assert mail.link.startswith(f"{SITE}/#reset="), "not where the request says it was sent to"
    body = {"token": mail.token, "password": NEW}
    assert client.post(CONFIRM, json=body).status_code == 204
    assert log_in(client, ada.email, NEW).status_code == 201
    assert status(client, ada.token) == 401
    again = client.post(CONFIRM, json=body)
    assert (again.status_code, again.json()["errors"][0]["pointer"]) == (422, "/token")


def test_an_address_is_verified_by_the_link_of_a_mail(
    ada: Person, client: httpx.Client, mails: MailServer
) -> None:
    assert ada.http.get(ME).json()["email_verified"] is False
    assert ada.post(VERIFY).status_code == 202
    mail = mails.next()
    assert mail.link.startswith(f"{SITE}/#verify=")
    path = "/api/v1/email-verifications"
    assert client.post(path, json={"token": mail.token}).status_code == 204
    assert ada.http.get(ME).json()["email_verified"] is True
    assert client.post(path, json={"token": mail.token}).status_code == 422


def test_an_invitation_is_mailed_and_not_shown(
    people: People, client: httpx.Client, mails: MailServer
) -> None:
    answer = people(is_admin=True).post(USERS, {"email": "eve@example.org"})
    assert (answer.status_code, answer.json()["invitation_url"]) == (201, None)
    mail = mails.next()
    assert mail.recipients == ["eve@example.org"]
    assert mail.token not in answer.text
    assert client.post(CONFIRM, json={"token": mail.token, "password": NEW}).status_code == 204
    assert log_in(client, "eve@example.org", NEW).status_code == 201


def test_nobody_learns_who_has_an_account(
    ada: Person, members: Members, client: httpx.Client, app_engine: Engine, app: FastAPI, mails: MailServer
) -> None:  # fmt: skip
    gone = members(email="gone@example.org")
    done(app_engine, "UPDATE users SET is_active = false WHERE id = :id", id=gone.id)
    strangers = ("nobody@example.org", gone.email, "no address", "", "a@b,ada@example.org")
    found = [problem(ask(client, email)) for email in (ada.email, *strangers)]
    assert [each for each in found if each != found[0]] == []
    wait_for_all(app)
    assert [mails.next().recipients, mails.delivered.empty()] == [[ada.email], True]


def test_nobody_waits_for_a_mail_server_that_hangs(
    ada: Person, members: Members, client: httpx.Client, app: FastAPI, mails: MailServer
) -> None:
    mails.open_again.clear()
    others = [members(email=f"{number}@example.org") for number in range(mailing.THREADS + 1)]
    for person in (ada, *others):
        assert ask(client, person.email).status_code == 202
        assert ask(client, "nobody@example.org").status_code == 202
    assert status(client, ada.token) == 200
    assert mails.delivered.empty(), "all of that before the server took a single one"
    mails.open_again.set()
    wait_for_all(app)
    assert mails.delivered.qsize() == len(others) + 1


def test_mails_beyond_what_can_wait_are_dropped_and_told(
    settings: Settings,
    app_engine: Engine,
    mails: MailServer,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(mailing, "MAX_WAITING", 2)
    mails.open_again.clear()
    app = create_app(settings)
    with serving(app) as client:
        made = People(app_engine, client.base_url)
        for number in range(3):
            made(email=f"{number}@example.org")
            assert ask(client, f"{number}@example.org").status_code == 202
        mails.open_again.set()
        wait_for_all(app)
        made.close()
    assert mails.delivered.qsize() == 2
    assert "too many wait already" in caplog.text


def test_an_hour_brings_five_mails_and_the_answer_is_the_same(
    ada: Person, client: httpx.Client, app: FastAPI, mails: MailServer
) -> None:
    found = [problem(ask(client, ada.email)) for _ in range(8)]
    assert [each for each in found if each != found[0]] == []
    wait_for_all(app)
    assert mails.delivered.qsize() == 5
    refused = ada.post(VERIFY)
    assert (refused.status_code, refused.json()["type"]) == (429, "urn:dataviz:TooManyMails")
    assert 0 < int(refused.headers["retry-after"]) <= 3_600


def test_a_mail_that_is_not_sent_is_logged_without_its_link(
    ada: Person, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with mail_server(refused=frozenset({ada.email})) as unwilling:
        url = SecretStr(unwilling.url_with_login)
        app = create_app(settings.model_copy(update={"smtp_url": url}))
        with serving(app) as client:
            assert ask(client, ada.email).status_code == 202
            wait_for_all(app)
    assert "a mail was not sent" in caplog.text
    for secret in ("#reset=", "s@cret", "s%40cret"):
        assert secret not in caplog.text


@pytest.mark.parametrize("log_mails", [False, True])
def test_without_a_mail_server_the_log_has_the_link_only_where_that_was_asked_for(
    database_settings: Settings, app_engine: Engine, caplog: pytest.LogCaptureFixture, log_mails: bool
) -> None:  # fmt: skip
    app = create_app(database_settings.model_copy(update={"log_mails": log_mails}))
    with serving(app) as client:
        made = People(app_engine, client.base_url)
        made(email="ada@example.org")
        assert ask(client, "ada@example.org").status_code == 202
        wait_for_all(app)
        made.close()
    assert ("/#reset=" in caplog.text) is log_mails


@pytest.mark.parametrize("path", [CONFIRM, "/api/v1/email-verifications"])
def test_a_token_that_is_none_is_a_422(client: httpx.Client, path: str) -> None:
    for token in ("", "x", "\ud800", "a\0b", "x" * 257, None, 7, {"a": 1}):
        body = {"token": token, **({"password": NEW} if path == CONFIRM else {})}
        headers = {"content-type": "application/json"}
        answer = client.post(path, content=json.dumps(body), headers=headers)
        assert answer.status_code == 422, token
        assert [each["pointer"] for each in answer.json()["errors"]] == ["/token"]


def test_asking_writes_nothing_for_an_address_that_nobody_has(
    client: httpx.Client, app: FastAPI, app_engine: Engine
) -> None:
    traces = "SELECT (SELECT count(*) FROM audit_logs), (SELECT count(*) FROM login_throttles)"
    before = fetched(app_engine, traces)
    for _ in range(10):
        ask(client, "nobody@example.org")
    wait_for_all(app)
    assert fetched(app_engine, traces) == before
