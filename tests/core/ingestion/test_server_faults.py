"""The database itself in trouble, on a server of the test's own: killed, or out of disk."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pydantic import SecretStr

from dataviz_pipelines.core.db import create_database_engine, database_urls
from dataviz_pipelines.core.errors import UnavailableError
from dataviz_pipelines.core.ingestion import service
from dataviz_pipelines.core.ingestion.context import Ingestion
from dataviz_pipelines.core.ingestion.loading import Watching
from dataviz_pipelines.core.ingestion.service import load_upload
from dataviz_pipelines.core.models.documents.outcomes import UploadProgress
from dataviz_pipelines.core.schema.service import set_up
from dataviz_pipelines.core.settings import Settings
from dataviz_pipelines.local.cluster import ADMIN_DATABASE
from tests import store
from tests.core.ingestion.loads import Bench
from tests.factories import csv_text, document
from tests.servers.disks import fill, small_disk
from tests.servers.postgresql import OwnServer, own_server

pytestmark = pytest.mark.slow

ID = {"name": "id", "type": "integer"}
TEMPLATES = {
    "straight": document(ID, "name"),
    "staged": document(ID, "name", mode="upsert", keys=["id"]),
    "replacing": document(ID, "name", mode="replace"),
}
BEFORE = [(1, "before"), (2, "before")]
ROWS = 20_000
AFTER = [(number, "after") for number in range(10, 10 + ROWS)]
EXPECTED = {
    "straight": [*BEFORE, *AFTER],
    "staged": [*BEFORE, *AFTER],
    "replacing": AFTER,
}
DATABASE = "faults"
MIB = 1024 * 1024


@pytest.fixture
def server(tmp_path: Path) -> Iterator[OwnServer]:
    with own_server(tmp_path) as made:
        yield made


@contextmanager
def bench_on(server: OwnServer) -> Iterator[Bench]:
    settings = Settings(
        home=server.folder / "home", database_url=SecretStr(server.address.url(DATABASE))
    )
    set_up(settings)
    urls = database_urls(settings)
    app = create_database_engine(urls.app, application_name="test app")
    owner = create_database_engine(urls.owner, application_name="test owner")
    (server.folder / "files").mkdir()
    yield Bench(Ingestion(app, server.folder / "rejects"), owner, server.folder / "files")
    app.dispose()
    owner.dispose()


@pytest.fixture
def bench(server: OwnServer) -> Iterator[Bench]:
    store.create_database(server.address.url(ADMIN_DATABASE), DATABASE)
    with bench_on(server) as made:
        yield made


def once(act: Callable[[], None]) -> Watching:
    """Acts when the first rows are on their way."""
    told: list[UploadProgress] = []

    def tell(progress: UploadProgress) -> None:
        told.append(progress)
        if len(told) == 1:
            act()

    return Watching(on_progress=tell)


def before(bench: Bench, mode: str) -> None:
    loaded = bench.load(TEMPLATES[mode], csv_text(("id", "name"), *BEFORE), name="before.csv")
    assert loaded.status == "succeeded"


def rows(bench: Bench) -> list[tuple[object, ...]]:
    return sorted(bench.rows(("id", "name")))


@pytest.mark.parametrize("mode", TEMPLATES)
def test_R14_what_was_committed_outlives_a_kill_of_the_server_and_nothing_is_half_loaded(
    server: OwnServer, bench: Bench, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "PAUSES_S", ())
    before(bench, mode)
    upload_id = bench.register(TEMPLATES[mode], bench.file(csv_text(("id", "name"), *AFTER)))
    with pytest.raises(UnavailableError):
        load_upload(bench.ingestion, upload_id, watching=once(server.kill))
    server.revive()
    assert rows(bench) == BEFORE
    assert bench.status_counts() == {"succeeded": 1, "running": 1}
    record = load_upload(bench.ingestion, upload_id)
    assert (record.status, record.records_success) == ("succeeded", ROWS)
    assert rows(bench) == EXPECTED[mode]


@pytest.mark.parametrize("end", [OwnServer.kill, OwnServer.stop])
def test_R13_R14_a_load_goes_on_by_itself_when_the_server_is_back(
    server: OwnServer, bench: Bench, end: Callable[[OwnServer], None]
) -> None:
    def restart() -> None:
        end(server)
        server.revive()

    content = csv_text(("id", "name"), *AFTER, ("x", "bad"))
    upload_id = bench.register(TEMPLATES["staged"], bench.file(content))
    record = load_upload(bench.ingestion, upload_id, watching=once(restart))
    assert (record.status, record.attempt) == ("succeeded", 2)
    assert (record.records_success, record.records_failed) == (ROWS, 1)
    assert rows(bench) == AFTER


def test_R14_a_load_that_was_told_to_be_done_is_there_after_a_kill_at_once(
    server: OwnServer, bench: Bench
) -> None:
    bench.load(TEMPLATES["straight"], csv_text(("id", "name"), *AFTER))
    server.kill()
    server.revive()
    assert rows(bench) == AFTER
    assert bench.status_counts() == {"succeeded": 1}


@pytest.fixture
def tiny_disk(server: OwnServer) -> Iterator[Path]:
    """Inside the data directory, because the server's user can enter no other."""
    owner = server.cluster.data.stat().st_uid
    folder = server.cluster.data / "tiny"
    folder.mkdir()
    with small_disk(folder, "96m", owner=owner):
        yield folder
        server.stop()


@pytest.fixture
def cramped(server: OwnServer, tiny_disk: Path) -> Iterator[Bench]:
    """A bench whose tables all lie on the tiny disk; the server's log of changes lies elsewhere."""
    admin = server.address.url(ADMIN_DATABASE)
    store.create_database(admin, DATABASE, folder=f"/proc/self/cwd/{tiny_disk.name}")
    with bench_on(server) as made:
        yield made


@pytest.mark.parametrize("mode", TEMPLATES)
def test_R20_a_full_disk_under_the_database_is_rolled_back_and_reads_still_answer(
    cramped: Bench, tiny_disk: Path, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "PAUSES_S", (0.0,))
    before(cramped, mode)
    path = cramped.file(csv_text(("id", "name"), *AFTER))
    upload_id = cramped.register(TEMPLATES[mode], path)
    ballast = fill(tiny_disk, leave_bytes=MIB // 4)
    with pytest.raises(UnavailableError, match=r"ran out of disk .* make room and try again"):
        load_upload(cramped.ingestion, upload_id)
    assert rows(cramped) == BEFORE
    record = cramped.record(upload_id)
    assert (record.status, record.error_type) == ("failed", "UnavailableError")
    ballast.unlink()
    assert load_upload(cramped.ingestion, upload_id).status == "succeeded"
    assert rows(cramped) == EXPECTED[mode]
