"""S1 to S7 over HTTP: which passwords are taken, and how they are kept."""

import httpx
import pytest
from sqlalchemy import Engine

from dataviz_pipelines.core.accounts.recovery import request_password_reset
from dataviz_pipelines.core.security.caller import Origin
from tests.api.accounts.conftest import Members
from tests.api.accounts.doors import ME, RESETS, log_in, status
from tests.api.people import Person
from tests.core.accounts.somebody import PASSWORD, fetched

LONGEST = "aB3$" * 18
CHANGE = f"{ME}/password"


@pytest.fixture
def ada(members: Members) -> Person:
    return members(email="ada@example.org")


def link(engine: Engine) -> str:
    mail = request_password_reset(engine, "ada@example.org", Origin(), site="")
    assert mail is not None
    return mail.text.partition("#reset=")[2].partition("\n")[0]


def set_password(client: httpx.Client, token: str, password: str) -> httpx.Response:
    return client.post(f"{RESETS}/confirm", json={"token": token, "password": password})


@pytest.mark.usefixtures("ada")
def test_S2_S4_S5_what_is_no_password_is_a_422_and_the_link_still_works(
    client: httpx.Client, app_engine: Engine
) -> None:
    token = link(app_engine)
    too_long = ["x" * 73, "\u00e4" * 37, "x" * 999]
    too_short = ["aB3$xY7", ""]
    common = ["password1", "Iloveyou", "1234567890", "ADA@example.org"]
    for password in (*too_long, *too_short, *common, "a\0bcdefgh"):
        answer = set_password(client, token, password)
        assert answer.status_code == 422, password
        assert [each["pointer"] for each in answer.json()["errors"]] == ["/password"]
        assert len(password) < 5 or password not in answer.text
    assert set_password(client, token, "x" * 20).status_code == 204


@pytest.mark.usefixtures("ada")
def test_S1_S2_S3_long_passwords_work_whole_and_are_kept_as_bcrypt(
    client: httpx.Client, app_engine: Engine
) -> None:
    assert len(LONGEST) == 72
    assert set_password(client, link(app_engine), LONGEST).status_code == 204
    (stored,) = fetched(app_engine, "SELECT password_hash FROM users")
    assert stored.startswith("$2b$12$")
    assert log_in(client, "ada@example.org", LONGEST).status_code == 201
    assert log_in(client, "ada@example.org", LONGEST + "!").status_code == 401
    assert log_in(client, "ada@example.org", LONGEST[:-1]).status_code == 401
    assert set_password(client, link(app_engine), LONGEST[:64]).status_code == 204


@pytest.mark.usefixtures("ada")
def test_S6_there_are_no_rules_about_which_characters(
    client: httpx.Client, app_engine: Engine
) -> None:
    for password in ("mistralabendrotgarten"[:20], "        \u00e4\u00f6\u00fc"):
        assert set_password(client, link(app_engine), password).status_code == 204


def test_S7_a_change_needs_the_current_password(ada: Person, client: httpx.Client) -> None:
    new = "another horse battery"
    assert ada.post(CHANGE, {"new_password": new}).status_code == 422
    wrong = ada.post(CHANGE, {"current_password": "wrong", "new_password": new})
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/current_password")
    weak = ada.post(CHANGE, {"current_password": PASSWORD, "new_password": "short"})
    assert (weak.status_code, weak.json()["errors"][0]["pointer"]) == (422, "/new_password")
    right = ada.post(CHANGE, {"current_password": PASSWORD, "new_password": new})
    assert right.status_code == 204
    assert log_in(client, ada.email, new).status_code == 201


def test_F85_S21_a_changed_password_ends_all_other_sessions(
    ada: Person, client: httpx.Client
) -> None:
    other = log_in(client, ada.email).json()["token"]
    body = {"current_password": PASSWORD, "new_password": "another horse battery"}
    assert ada.post(CHANGE, body).status_code == 204
    assert (status(client, ada.token), status(client, other)) == (200, 401)
