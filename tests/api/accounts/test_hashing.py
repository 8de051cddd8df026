"""S12: logging in takes time, of which nobody else loses any."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import bcrypt
import httpx
import pytest
from fastapi import FastAPI

from api import hashing
from tests.api.accounts.conftest import Members
from tests.api.accounts.doors import log_in, status


@pytest.fixture
def busy(app: FastAPI, client: httpx.Client) -> Iterator[threading.Event]:
    """All threads for hashes have something to do, until this is set."""
    del client
    done = threading.Event()
    for _ in range(hashing.THREADS):
        app.state.hashing._pool.submit(done.wait, 30)
    yield done
    done.set()


def test_S12_others_are_answered_while_all_who_log_in_wait(
    members: Members, client: httpx.Client, busy: threading.Event
) -> None:
    ada = members("editor", email="ada@example.org")
    with ThreadPoolExecutor(3) as pool:
        waiting = [pool.submit(log_in, client, "ada@example.org") for _ in range(3)]
        for _ in range(5):
            assert client.get("/health/live").status_code == 200
            assert client.get("/health/ready").status_code in (200, 503)
            assert status(client, ada.token) == 200
            assert ada.post("/api/v1/dashboards", {"name": "Sales"}).status_code == 201
        assert not [each for each in waiting if each.done()]
        busy.set()
        assert [each.result().status_code for each in waiting] == [201] * 3


def test_S12_a_hash_is_made_in_a_thread_for_hashes(
    members: Members, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    members(email="ada@example.org")
    threads = []
    compare = bcrypt.checkpw

    def noted(password: bytes, stored: bytes) -> bool:
        threads.append(threading.current_thread().name)
        return compare(password, stored)

    monkeypatch.setattr(bcrypt, "checkpw", noted)
    assert log_in(client, "ada@example.org").status_code == 201
    assert [name.startswith("hashing") for name in threads] == [True]


def test_more_than_can_wait_are_sent_away(
    members: Members,
    client: httpx.Client,
    app: FastAPI,
    busy: threading.Event,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    members(email="ada@example.org")
    monkeypatch.setattr(hashing, "MAX_WAITING", 1)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(log_in, client, "ada@example.org")
        while app.state.hashing._waiting == 0:
            assert not waiting.done()
        refused = log_in(client, "ada@example.org")
        busy.set()
        assert waiting.result().status_code == 201
    assert (refused.status_code, refused.json()["type"]) == (503, "urn:dataviz:TooBusy")
    assert log_in(client, "ada@example.org").status_code == 201
