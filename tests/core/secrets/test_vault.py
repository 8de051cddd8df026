"""Sealing and opening."""

import base64
import subprocess
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, make_url

from dataviz_pipelines.core.models.documents.business import Ciphertext
from dataviz_pipelines.core.secrets import CONNECTION_CONFIG, Vault, key_source
from dataviz_pipelines.core.secrets.errors import KeyMissingError, TamperedSecretError
from dataviz_pipelines.core.secrets.keys import KeyFolder
from dataviz_pipelines.core.settings import Settings
from dataviz_pipelines.local.binaries import find_binaries
from tests.core.secrets.sources import Rows


def test_S42_what_is_sealed_is_given_back(rows: Rows, row: UUID) -> None:
    assert rows.secret(row) == b"s3cret"
    other = Vault(rows.vault._source)
    assert other.open(rows.document(row), CONNECTION_CONFIG, row) == b"s3cret"


def test_S42_the_same_secret_is_never_sealed_the_same(rows: Rows) -> None:
    first, second = (rows.document(rows.add(b"same")) for _ in range(2))
    assert first["key_id"] == second["key_id"]
    assert first["nonce"] != second["nonce"]
    assert first["ciphertext"] != second["ciphertext"]


def test_S42_no_dump_of_the_database_holds_it(row: UUID, database_settings: Settings) -> None:
    assert database_settings.database_url is not None
    url = make_url(database_settings.database_url.get_secret_value())
    program = find_binaries().program("pg_dump")
    dump = subprocess.run(
        [program, url.set(drivername="postgresql").render_as_string(hide_password=False)],
        check=True,
        capture_output=True,
        timeout=120,
    ).stdout
    assert str(row).encode() in dump
    for secret in (b"s3cret", base64.b64encode(b"s3cret"), b"s3cret".hex().encode()):
        assert secret not in dump


def _flipped(text: str) -> str:
    raw = bytearray(base64.b64decode(text))
    raw[0] ^= 1
    return base64.b64encode(raw).decode()


@pytest.mark.parametrize(
    "change",
    [
        lambda it: it | {"ciphertext": _flipped(it["ciphertext"])},
        lambda it: it | {"nonce": _flipped(it["nonce"])},
        lambda it: it | {"ciphertext": it["ciphertext"][:-8]},
        lambda it: it | {"ciphertext": ""},
        lambda it: it | {"nonce": ""},
        lambda it: it | {"ciphertext": "!"},
        lambda it: it | {"more": 1},
        lambda it: {name: it[name] for name in ("key_id", "nonce")},
        lambda _: {},
        lambda _: [],
        lambda _: {"host": "db", "password": "plain"},
    ],
)
def test_S44_what_was_tampered_with_does_not_open(rows: Rows, row: UUID, change: Any) -> None:
    rows.write(row, change(rows.document(row)))
    with pytest.raises(TamperedSecretError, match=str(row)) as refused:
        rows.secret(row)
    assert "s3cret" not in str(refused.value)


def test_S44_a_secret_that_was_moved_to_another_row_does_not_open(rows: Rows, row: UUID) -> None:
    other = rows.add(b"other")
    rows.write(other, rows.document(row))
    with pytest.raises(TamperedSecretError):
        rows.secret(other)


def test_S44_nor_in_another_column(rows: Rows, row: UUID) -> None:
    elsewhere = type(CONNECTION_CONFIG)("data_sources", "test_query")
    with pytest.raises(TamperedSecretError):
        rows.vault.open(rows.document(row), elsewhere, row)


def test_S44_another_keys_id_does_not_help(rows: Rows, row: UUID) -> None:
    rows.write(row, rows.document(row) | {"key_id": "0" * 16})
    with pytest.raises(KeyMissingError, match="not here"):
        rows.secret(row)


def test_a_key_that_comes_later_is_found(
    rows: Rows, row: UUID, database_settings: Settings
) -> None:
    (file,) = database_settings.keys.glob("secrets-*.key")
    hidden = file.rename(file.with_suffix(".hidden"))
    late = Vault(key_source(database_settings))
    with pytest.raises(KeyMissingError):
        late.open(rows.document(row), CONNECTION_CONFIG, row)
    hidden.rename(file)
    assert late.open(rows.document(row), CONNECTION_CONFIG, row) == b"s3cret"


def test_lost_keys_are_not_made_anew(row: UUID, tmp_path: Path, app_engine: Engine) -> None:
    lost = Vault(KeyFolder(tmp_path / "elsewhere"))
    with app_engine.begin() as connection, pytest.raises(KeyMissingError, match="no keys here"):
        lost.seal(connection, b"new", CONNECTION_CONFIG, row)
    assert not (tmp_path / "elsewhere").exists()


def test_the_document_is_what_the_model_says(rows: Rows, row: UUID) -> None:
    sealed = Ciphertext.model_validate(rows.document(row))
    assert len(sealed.nonce) == 12
    assert len(sealed.ciphertext) == len(b"s3cret") + 16
