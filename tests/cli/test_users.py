"""`dataviz users`."""

import json
from contextlib import nullcontext
from pathlib import Path
from uuid import UUID
from zipfile import ZipFile

import pytest
from sqlalchemy import Engine, text
from typer.testing import CliRunner, Result

from dataviz_pipelines.cli.users import commands
from dataviz_pipelines.core.accounts.errors import (
    AddressInvalidError,
    AddressTakenError,
    InvalidTokenError,
    NoSuchRoleError,
    NoSuchUserError,
)
from dataviz_pipelines.core.accounts.login import LoginAttempt, log_in
from dataviz_pipelines.core.accounts.recovery import reset_password
from dataviz_pipelines.core.privacy.errors import PersonNotFoundError
from dataviz_pipelines.core.security.caller import Origin
from dataviz_pipelines.core.settings import Settings


@pytest.fixture(autouse=True)
def _installation(database_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("database_url", "app_database_url"):
        secret = getattr(database_settings, name)
        monkeypatch.setenv(f"DATAVIZ_{name.upper()}", secret.get_secret_value())
    monkeypatch.setenv("DATAVIZ_HOME", str(database_settings.home))


@pytest.fixture
def ada(app_engine: Engine) -> UUID:
    with app_engine.begin() as connection:
        found = connection.execute(
            text("INSERT INTO users (email) VALUES ('ada@example.org') RETURNING id")
        )
        return UUID(str(found.scalar_one()))


def call(*arguments: str, answer: str | None = None) -> Result:
    return CliRunner().invoke(commands, ["users", *arguments], input=answer)


def email_of(engine: Engine, person: UUID) -> str:
    with engine.connect() as connection:
        found = connection.execute(text("SELECT email FROM users WHERE id = :id"), {"id": person})
        return str(found.scalar_one())


def test_F104_an_export_is_one_archive(ada: UUID, tmp_path: Path) -> None:
    target = tmp_path / "ada.zip"
    result = call("export", "ada@example.org", "--output", str(target), "--json")
    document = json.loads(result.stdout)
    assert (document["id"], document["file"]) == (str(ada), str(target))
    assert set(ZipFile(target).namelist()) == {"README.txt"} | {
        f"{table}.{suffix}" for table in document["rows"] for suffix in ("json", "csv")
    }


def test_an_export_says_where_it_is(ada: UUID, tmp_path: Path) -> None:
    result = call("export", str(ada), "-o", str(tmp_path / "ada.zip"))
    assert result.exit_code == 0
    assert "ada.zip" in result.stdout.replace("\n", "")


def test_F104_an_erasure_says_who_took_their_place(ada: UUID, app_engine: Engine) -> None:
    document = json.loads(call("erase", "ada@example.org", "--yes", "--json").stdout)
    assert document["id"] == str(ada)
    assert document["pseudonym"] == email_of(app_engine, ada)
    assert document["rewritten"]["users"] == 1
    assert (
        f"{document['pseudonym']} has taken their place" in call("erase", str(ada), "--yes").stdout
    )


@pytest.mark.parametrize(("answer", "erased"), [("y\n", True), ("n\n", False), ("", False)])
def test_without_yes_it_asks(ada: UUID, app_engine: Engine, answer: str, erased: bool) -> None:
    result = call("erase", "ada@example.org", answer=answer)
    assert (result.exit_code == 0) is erased
    assert (email_of(app_engine, ada) != "ada@example.org") is erased


def test_a_file_that_keeps_the_name_is_told(ada: UUID, app_engine: Engine) -> None:
    with app_engine.begin() as connection:
        connection.execute(
            text(
                "WITH made AS (INSERT INTO upload_templates (name, file_format, validation_rules, destination_config) "
                "VALUES ('t', 'csv', '{}', '{}') RETURNING id) "
                "INSERT INTO upload_history (template_id, file_name, file_size_bytes, source, stored_path) "
                "SELECT id, 'a', 1, 'api', '/archive/ada@example.org.csv' FROM made"
            )
        )
    result = call("erase", str(ada), "--yes")
    assert result.stderr == "This file still bears their name: /archive/ada@example.org.csv\n"


def test_nobody_is_not_found(tmp_path: Path) -> None:
    target = str(tmp_path / "a.zip")
    for arguments in (
        ["export", "x@example.org", "-o", target],
        ["erase", "x@example.org", "--yes"],
    ):
        assert isinstance(call(*arguments).exception, PersonNotFoundError)


def test_an_account_is_made_and_its_owner_sets_a_password(app_engine: Engine) -> None:
    document = json.loads(call("create", "eve@example.org", "--role", "analyst", "--json").stdout)
    origin, _, token = document["link"].partition("/#reset=")
    assert origin == "http://127.0.0.1:8000"
    reset_password(app_engine, token=token, password="correct horse battery", origin=Origin())
    attempt = LoginAttempt("eve@example.org", "correct horse battery", Origin())
    assert log_in(app_engine, attempt).token


def test_a_new_link_replaces_the_old_one(app_engine: Engine, ada: UUID) -> None:
    del ada
    first, second = (
        json.loads(call("link", "ada@example.org", "--json").stdout)["link"] for _ in range(2)
    )
    for link, works in ((first, False), (second, True)):
        with nullcontext() if works else pytest.raises(InvalidTokenError):
            reset_password(
                app_engine,
                token=link.partition("=")[2],
                password="correct horse battery",
                origin=Origin(),
            )


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["create", "ADA@example.org"], AddressTakenError),
        (["create", "nobody"], AddressInvalidError),
        (["create", "eve@example.org", "--role", "king"], NoSuchRoleError),
        (["link", "eve@example.org"], NoSuchUserError),
    ],
)
def test_an_account_that_cannot_be(
    ada: UUID, app_engine: Engine, arguments: list[str], error: type[Exception]
) -> None:
    assert isinstance(call(*arguments).exception, error)
    with app_engine.connect() as connection:
        assert connection.execute(text("SELECT id FROM users")).scalars().all() == [ada]
