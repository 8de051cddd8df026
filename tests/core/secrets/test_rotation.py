"""S43: a new key, everything sealed anew, the old key gone, whatever happens on the way."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from uuid import UUID

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine

from dataviz_pipelines.core.secrets import (
    CONNECTION_CONFIG,
    Key,
    KeySource,
    Vault,
    key_source,
    rotate_keys,
    rotation,
)
from dataviz_pipelines.core.secrets.errors import KeyMissingError
from dataviz_pipelines.core.secrets.keys import KeyFolder
from dataviz_pipelines.core.settings import Settings
from tests.core.secrets.sources import Rows
from tests.servers.workers import environment, until


def test_S43_rows_of_the_old_key_are_readable_after_a_key_is_added(
    rows: Rows, row: UUID, keys: KeySource
) -> None:
    old = rows.document(row)["key_id"]
    keys.add(first=False)
    assert rows.secret(row) == b"s3cret"
    assert rows.document(rows.add(b"new"))["key_id"] != old


def test_S43_after_a_rotation_they_are_readable_without_the_old_key(
    rows: Rows, row: UUID, keys: KeySource, app_engine: Engine, database_settings: Settings
) -> None:
    old = rows.document(row)["key_id"]
    done = rotate_keys(app_engine, keys)
    assert (done.resealed, done.removed, done.unused, done.failed) == (1, (old,), (), ())
    assert rows.document(row)["key_id"] == done.key_id != old
    assert [file.name for file in database_settings.keys.glob("secrets-*")] == [
        "secrets-000002.key"
    ]
    assert Vault(keys).open(rows.document(row), CONNECTION_CONFIG, row) == b"s3cret"


def test_S43_many_rows_are_sealed_anew_in_batches(
    rows: Rows, keys: KeySource, app_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "BATCH", 3)
    made = {rows.add(f"secret {number}".encode()): number for number in range(10)}
    assert rotate_keys(app_engine, keys).resealed == len(made)
    assert {row: f"secret {number}".encode() for row, number in made.items()} == {
        row: rows.secret(row) for row in made
    }


def test_S43_without_anything_sealed_the_key_is_made_or_replaced(
    keys: KeySource, app_engine: Engine
) -> None:
    first = rotate_keys(app_engine, keys)
    second = rotate_keys(app_engine, keys)
    assert (first.removed, second.removed) == ((), (first.key_id,))


def test_S43_what_does_not_open_keeps_its_key_and_is_told(
    rows: Rows, row: UUID, keys: KeySource, app_engine: Engine
) -> None:
    broken = rows.add(b"other")
    rows.write(broken, rows.document(row))
    old = rows.document(row)["key_id"]
    for _ in range(2):
        done = rotate_keys(app_engine, keys)
        assert done.failed == (f"data_sources.connection_config of {broken}",)
        assert done.removed == ()
        ring = keys.read()
        assert ring is not None
        assert [key.id for key in ring.keys] == [done.key_id, old]
    assert rows.secret(row) == b"s3cret"


def test_S43_lost_keys_are_not_replaced(
    rows: Rows, row: UUID, tmp_path: Path, app_engine: Engine
) -> None:
    with pytest.raises(KeyMissingError):
        rotate_keys(app_engine, KeyFolder(tmp_path / "elsewhere"))
    assert rows.secret(row) == b"s3cret"


def test_S43_keys_of_the_setting_are_for_a_person_to_take_away(
    app_engine: Engine, tmp_path: Path
) -> None:
    old, new = Key.new(), Key.new()

    def given(*keys: Key) -> KeySource:
        text = ",".join(key.text for key in keys)
        return key_source(Settings(home=tmp_path, secret_keys=SecretStr(text)))

    row = Rows(app_engine, Vault(given(old))).add(b"s3cret")
    done = rotate_keys(app_engine, given(new, old))
    assert (done.key_id, done.resealed, done.removed, done.unused) == (new.id, 1, (), (old.id,))
    assert Rows(app_engine, Vault(given(new))).secret(row) == b"s3cret"


def test_S43_what_is_sealed_while_the_keys_rotate_keeps_its_key_until_it_is_sealed_anew(
    rows: Rows, row: UUID, keys: KeySource, app_engine: Engine
) -> None:
    """The transaction has sealed with the old key, and commits after the rotation has passed over the rows."""
    done: list[rotation.Rotation] = []
    thread = threading.Thread(target=lambda: done.append(rotate_keys(app_engine, keys)))
    with app_engine.begin() as connection:
        sealed = rows.vault.seal(connection, b"late", CONNECTION_CONFIG, row)
        thread.start()
        until(lambda: _waits(app_engine))
        with app_engine.begin() as other:
            rotation.store.replace(other, CONNECTION_CONFIG, row, sealed)
    thread.join(60)
    assert rows.secret(row) == b"late"
    assert rows.document(row)["key_id"] == done[0].key_id
    assert (len(done[0].removed), done[0].failed) == (1, ())


def _waits(engine: Engine) -> bool:
    with engine.connect() as connection:
        found = connection.exec_driver_sql(
            "SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted "
            "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        return found.first() is not None


_WORKER = """
import os, signal
from dataviz_pipelines.core.db import create_database_engine, database_urls
from dataviz_pipelines.core.secrets import key_source, rotate_keys, rotation
from dataviz_pipelines.core.settings import Settings
settings = Settings()
rotation.BATCH = 2
calls = 0
replace = rotation.store.replace
def killing(*arguments):
    global calls
    calls += 1
    if calls == {after}:
        os.kill(os.getpid(), signal.SIGKILL)
    replace(*arguments)
rotation.store.replace = killing
engine = create_database_engine(database_urls(settings).app, application_name="rotation")
rotate_keys(engine, key_source(settings))
"""


@pytest.mark.parametrize("after", [1, 4])
def test_S43_a_rotation_that_is_killed_is_finished_by_the_next(
    rows: Rows, keys: KeySource, database_settings: Settings, app_engine: Engine, after: int
) -> None:
    made = {rows.add(f"secret {number}".encode()): number for number in range(6)}
    killed = subprocess.run(
        [sys.executable, "-c", _WORKER.format(after=after)],
        env=os.environ | environment(database_settings),
        check=False,
        timeout=120,
    )
    assert killed.returncode == -signal.SIGKILL
    ring = keys.read()
    assert ring is not None
    assert len(ring.keys) == 2
    assert all(rows.secret(row) == f"secret {number}".encode() for row, number in made.items())
    done = rotate_keys(app_engine, keys)
    assert (done.key_id, done.resealed) == (ring.current.id, 6 - (after - 1) // 2 * 2)
    assert done.removed == (ring.keys[1].id,)
    assert all(rows.secret(row) == f"secret {number}".encode() for row, number in made.items())
