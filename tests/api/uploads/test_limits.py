"""What is too much stops while it arrives, and leaves the disk as it was: over real HTTP servers, and sockets that lie."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine, text

from api.uploading.state import MOST_FILES_OF_ONE_PERSON
from dataviz_pipelines.core.settings import Settings
from tests.api.people import People, Person
from tests.api.uploads.sending import GOOD, UPLOADS, add_template, send
from tests.api.uploads.test_sending import files_below, history
from tests.servers.disks import small_disk
from tests.servers.workers import Process, api_server, until

MIB = 1024 * 1024
BOUNDARY = "form-of-a-test"
HEAD = (
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="template"\r\n\r\norders\r\n'
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
    "name,amount\r\n"
).encode()
TAIL = f"\r\n--{BOUNDARY}--\r\n".encode()
ROWS = b"bolt,2\r\n" * 8_192  # 64 KiB
KIND = f"multipart/form-data; boundary={BOUNDARY}"


@pytest.fixture
def served(database_settings: Settings) -> Iterator[tuple[Process, httpx.URL]]:
    with api_server(database_settings) as started:
        yield started


@pytest.fixture
def sender(served: tuple[Process, httpx.URL], app_engine: Engine) -> Iterator[Person]:
    """Of a template that takes 1 MB, at an API that is a process of its own."""
    add_template(app_engine, max_file_size_mb=1)
    people = People(app_engine, served[1])
    yield people("uploader")
    people.close()


class Stream:
    """A form without end, or with one, that knows how much of it was wanted."""

    def __init__(self, blocks: int) -> None:
        self.blocks = blocks
        self.given = 0

    def __iter__(self) -> Iterator[bytes]:
        yield HEAD
        for _ in range(self.blocks):
            self.given += len(ROWS)
            yield ROWS
        yield TAIL


def stream(person: Person, body: Stream) -> httpx.Response:
    """Chunked: nothing announces how long it is."""
    return person.http.post(UPLOADS, content=iter(body), headers={"Content-Type": KIND})


def is_clean(settings: Settings) -> bool:
    return not settings.received.exists() or not list(settings.received.glob("*-*"))


def test_S55_an_upload_without_an_announced_length_stops_at_the_limit(
    sender: Person, database_settings: Settings
) -> None:
    endless = Stream(blocks=16 * 1024)  # 1 GB
    answer = stream(sender, endless)
    assert (answer.status_code, answer.json()["type"]) == (413, "urn:dataviz:FileTooLarge")
    assert endless.given < 16 * MIB  # what sockets hold on the way
    assert is_clean(database_settings)
    assert history(sender) == []


def test_S55_a_file_at_the_limit_is_taken_and_one_above_it_is_not(sender: Person) -> None:
    room = MIB - len(b"name,amount\r\n")
    rows = (ROWS * 17)[:room]
    at_limit = sender.http.post(UPLOADS, content=HEAD + rows + TAIL, headers={"Content-Type": KIND})
    assert at_limit.status_code == 202, at_limit.text
    assert at_limit.json()["file_size_bytes"] == MIB
    above = sender.http.post(
        UPLOADS, content=HEAD + rows + b"x" + TAIL, headers={"Content-Type": KIND}
    )
    assert above.status_code == 413


def test_S55_the_settings_limit_holds_where_the_templates_is_greater(
    sender: Person, app_engine: Engine, database_settings: Settings
) -> None:
    add_template(app_engine, max_file_size_mb=500)
    with app_engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE system_settings SET setting_value = '1' WHERE setting_key = 'max_upload_size_mb'"
            )
        )
    assert stream(sender, Stream(blocks=64)).status_code == 413
    assert is_clean(database_settings)


def test_S55_the_limit_holds_when_the_template_is_named_behind_the_file(
    sender: Person, database_settings: Settings
) -> None:
    form = [("file", ("a.csv", b"name,amount\n" + ROWS * 20)), ("template", (None, "orders"))]
    assert sender.http.post(UPLOADS, files=form).status_code == 413
    assert is_clean(database_settings)


def test_S55_a_length_that_is_announced_as_too_large_is_refused_at_once(sender: Person) -> None:
    answer = _over_a_socket(sender, length=2 * 1024 * MIB, body=HEAD)
    assert answer.startswith("HTTP/1.1 413")


def test_S55_a_length_that_lies_is_not_believed(
    sender: Person, database_settings: Settings
) -> None:
    """Less is announced than comes: the form is cut off, and nothing of it is kept."""
    answer = _over_a_socket(sender, length=len(HEAD) + 10, body=HEAD + ROWS * 100 + TAIL)
    assert answer.startswith("HTTP/1.1 422")
    assert is_clean(database_settings)
    assert history(sender) == []


def _over_a_socket(person: Person, *, length: int, body: bytes) -> str:
    url = person.http.base_url
    with socket.create_connection((url.host, url.port or 80), timeout=30) as connection:
        head = (
            f"POST {UPLOADS} HTTP/1.1\r\nHost: {url.host}\r\nAuthorization: Bearer {person.token}\r\n"
            f"Content-Type: {KIND}\r\nContent-Length: {length}\r\n\r\n"
        )
        connection.sendall(head.encode() + body[:length])
        return connection.recv(65_536).decode()


def test_a_client_that_leaves_in_the_middle_leaves_nothing_behind(
    sender: Person, database_settings: Settings, app_engine: Engine
) -> None:
    add_template(app_engine, max_file_size_mb=100)
    with unfinished(sender):
        until(lambda: files_below(database_settings.received))
    assert until(lambda: is_clean(database_settings))
    assert history(sender) == []
    assert send(sender, GOOD).status_code == 202


def test_one_person_does_not_send_too_many_files_at_once(
    sender: Person, app_engine: Engine, database_settings: Settings
) -> None:
    add_template(app_engine, max_file_size_mb=100)
    with ExitStack() as sending:
        for _ in range(MOST_FILES_OF_ONE_PERSON):
            sending.enter_context(unfinished(sender))
        received = database_settings.received
        until(lambda: len(list(received.glob("*/a.csv"))) == MOST_FILES_OF_ONE_PERSON)
        refused = send(sender)
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "5")
    assert until(lambda: send(sender).status_code == 202)


def unfinished(person: Person) -> socket.socket:
    """A request that has begun, and goes on for as long as it is not closed."""
    url = person.http.base_url
    connection = socket.create_connection((url.host, url.port or 80), timeout=30)
    head = (
        f"POST {UPLOADS} HTTP/1.1\r\nHost: {url.host}\r\nAuthorization: Bearer {person.token}\r\n"
        f"Content-Type: {KIND}\r\nContent-Length: {50 * MIB}\r\n\r\n"
    )
    connection.sendall(head.encode() + HEAD + ROWS * 32)
    return connection


@pytest.fixture
def little_room(database_settings: Settings) -> Iterator[Path]:
    """The folder `received` on a disk of its own, of 2 MB."""
    database_settings.received.mkdir(parents=True)
    with small_disk(database_settings.received, "2m") as folder:
        yield folder


def test_R19_a_full_disk_is_a_507_and_leaves_no_partial_file(
    little_room: Path, sender: Person, app_engine: Engine
) -> None:
    add_template(app_engine, max_file_size_mb=100)
    answer = stream(sender, Stream(blocks=256))
    assert (answer.status_code, answer.json()["type"]) == (507, "urn:dataviz:NoRoomForUpload")
    assert list(little_room.iterdir()) == []
    assert history(sender) == []
    assert send(sender, GOOD).status_code == 202


def test_a_large_upload_costs_the_api_no_memory(
    sender: Person, served: tuple[Process, httpx.URL], app_engine: Engine
) -> None:
    add_template(app_engine, max_file_size_mb=400)
    send(sender, GOOD)  # what the first request of all costs
    before = _resident_bytes(served[0].pid)
    peaks: list[int] = []

    class Measured(Stream):
        def __iter__(self) -> Iterator[bytes]:
            for number, block in enumerate(super().__iter__()):
                if number % 64 == 0:
                    peaks.append(_resident_bytes(served[0].pid))
                yield block

    answer = stream(sender, Measured(blocks=300 * 16))
    assert answer.status_code == 202, answer.text
    assert answer.json()["file_size_bytes"] > 300 * MIB
    peaks.append(_resident_bytes(served[0].pid))
    assert max(peaks) - before < 30 * 1_000_000


def _resident_bytes(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4_096
