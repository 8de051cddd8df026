"""Where keys are kept."""

import multiprocessing
from pathlib import Path

import pytest
from pydantic import SecretStr

from dataviz_pipelines.core.secrets import Key, KeySource, key_source
from dataviz_pipelines.core.secrets.errors import KeysUnusableError
from dataviz_pipelines.core.secrets.keys import KeyFolder
from dataviz_pipelines.core.settings import Settings


def test_a_key_file_is_the_platforms_users_alone(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    made = KeyFolder(folder).add(first=True)
    (file,) = folder.iterdir()
    assert (file.name, file.stat().st_mode & 0o777) == ("secrets-000001.key", 0o600)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert KeyFolder(folder).read() == made


def _make(folder: Path, barrier: "multiprocessing.synchronize.Barrier", ids: object) -> None:
    barrier.wait(30)
    ids.put(KeyFolder(folder).add(first=True).current.id)  # type: ignore[attr-defined]  # a queue


def test_processes_that_start_at_once_have_one_key(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    barrier, ids = context.Barrier(4), context.Queue()
    workers = [context.Process(target=_make, args=(tmp_path, barrier, ids)) for _ in range(4)]
    for worker in workers:
        worker.start()
    found = {ids.get(timeout=60) for _ in workers}
    for worker in workers:
        worker.join(60)
    assert len(found) == len(list(tmp_path.iterdir())) == 1


def test_a_key_that_another_process_made_meanwhile_counts(tmp_path: Path) -> None:
    folder = KeyFolder(tmp_path)
    first = folder.add(first=True)
    folder._keep(Key.new(), number=1)
    assert folder.read() == first
    assert len(list(tmp_path.iterdir())) == 1


def test_S42_a_key_shows_itself_nowhere(tmp_path: Path) -> None:
    ring = KeyFolder(tmp_path).add(first=True)
    assert ring.current.text not in repr(ring)
    assert repr(ring.current.material) not in repr(ring)
    assert ring.current.text not in repr(Settings(secret_keys=SecretStr(ring.current.text)))


def test_keys_of_the_setting_are_used_as_they_stand(tmp_path: Path) -> None:
    keys = [Key.new(), Key.new()]
    given = SecretStr(", ".join(key.text for key in keys))
    source = key_source(Settings(home=tmp_path, secret_keys=given))
    ring = source.add(first=False)
    assert ring.keys == tuple(keys)
    assert (source.read(), source.adds, list(tmp_path.iterdir())) == (ring, False, [])


@pytest.mark.parametrize("text", ["", ",", "abc", "ä", "A" * 43 + "=,short"])
def test_what_is_no_key_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(KeysUnusableError) as refused:
        key_source(Settings(secret_keys=SecretStr(text)))
    assert "short" not in str(refused.value)


@pytest.mark.parametrize("content", [b"", b"abc\n", b"\xff\xfe"])
def test_a_broken_key_file_is_named(tmp_path: Path, content: bytes) -> None:
    KeyFolder(tmp_path).add(first=True)
    (file,) = tmp_path.iterdir()
    file.write_bytes(content)
    with pytest.raises(KeysUnusableError, match="secrets-000001"):
        KeyFolder(tmp_path).read()


def test_ids_tell_keys_apart(keys: KeySource) -> None:
    assert Key.new().id != Key.new().id
    key = keys.add(first=True).current
    assert Key.parse(key.text, place="it") == key
