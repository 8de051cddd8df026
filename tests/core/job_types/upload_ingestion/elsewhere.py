"""Where files come from in these tests: a folder that is allowed, and a web server that says what it was asked."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from uuid import UUID

import pytest
from sqlalchemy import Engine, insert, select, text

from dataviz_pipelines.core.errors import DatavizError
from dataviz_pipelines.core.job_types import RUNNERS
from dataviz_pipelines.core.job_types.upload_ingestion import places, take_and_load
from dataviz_pipelines.core.job_types.upload_ingestion.config import UploadIngestionConfig
from dataviz_pipelines.core.job_types.upload_ingestion.found import Found
from dataviz_pipelines.core.models.ids import new_id
from dataviz_pipelines.core.models.tables import SchedulerJob
from dataviz_pipelines.core.scheduling.credentials import enter_credentials
from dataviz_pipelines.core.scheduling.errors import JobFailedError
from dataviz_pipelines.core.scheduling.job_types import JobContext
from dataviz_pipelines.core.scheduling.run_log import RunLog
from dataviz_pipelines.core.secrets import Vault, key_source
from dataviz_pipelines.core.security.people import caller_of
from dataviz_pipelines.core.settings import Settings
from tests.dropbox import ORDERS

OTHER = b"name,amount\nscrew,4\n"
HALF: bytes = ORDERS[: len(ORDERS) // 2]


@dataclass
class Elsewhere:
    """`folder` is in what the settings allow. `credentials` are entered for each job."""

    engine: Engine
    settings: Settings
    template_id: UUID
    root: Path
    owner: UUID | None = None
    credentials: dict[str, Any] | None = None

    @property
    def folder(self) -> Path:
        return self.root / "shop"

    def with_settings(self, **changes: Any) -> "Elsewhere":
        return replace(self, settings=self.settings.model_copy(update=changes))

    def put(self, name: str, content: bytes = ORDERS) -> Path:
        """As if it had been there for a minute."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        a_minute_ago = time.time() - 60
        os.utime(path, (a_minute_ago, a_minute_ago))
        return path

    def take(self, **source: Any) -> str:
        """What the run said. Raises DatavizError."""
        log = RunLog()
        self._run(log, source)
        return log.text

    def failing(self, **source: Any) -> tuple[str, str]:
        """What the run said, and for what it failed in the end."""
        log = RunLog()
        try:
            self._run(log, source)
        except JobFailedError as error:
            return log.text, str(error)
        raise AssertionError(f"It did not fail: {log.text}")

    def find(self, stack: ExitStack, source: dict[str, Any]) -> list[Found]:
        """What there is, to be opened while the stack is."""
        return places.find(self._context(RunLog(), {"from": source}), stack)

    def _run(self, log: RunLog, source: dict[str, Any]) -> None:
        most = source.pop("max_files", 1_000)
        given = source or {"kind": "folder", "path": str(self.folder)}
        take_and_load(self._context(log, {"from": given, "max_files": most}))

    def _context(self, log: RunLog, config: dict[str, Any]) -> JobContext[UploadIngestionConfig]:
        job_id = self.save(config)
        with self.engine.connect() as connection:
            owner = None if self.owner is None else caller_of(connection, self.owner)
        return JobContext(
            engine=self.engine,
            settings=self.settings,
            job_id=job_id,
            job_name="From elsewhere",
            owner=owner,
            target_id=self.template_id,
            config=UploadIngestionConfig.model_validate(config),
            sealed=self._sealed(job_id),
            run_key="run",
            slot=None,
            log=log,
        )

    def save(self, config: dict[str, Any]) -> UUID:
        """A job, with its credentials."""
        job_id = new_id()
        statement = insert(SchedulerJob).values(
            id=job_id, name="From elsewhere", job_type="upload_ingestion", job_config=config
        )
        with self.engine.begin() as connection:
            connection.execute(statement)
        if self.credentials is not None:
            self.enter(job_id, config)
        return job_id

    def enter(self, job_id: UUID, config: dict[str, Any]) -> None:
        job = {"id": job_id, "job_type": "upload_ingestion", "job_config": config}
        vault = Vault(key_source(self.settings))
        given = self.credentials or {}
        with self.engine.begin() as connection:
            enter_credentials(connection, job, given, runners=RUNNERS, vault=vault)

    def _sealed(self, job_id: UUID) -> dict[str, Any] | None:
        statement = select(SchedulerJob.connection_config).where(SchedulerJob.id == job_id)
        with self.engine.begin() as connection:
            return connection.execute(statement).scalar_one()

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        with self.engine.begin() as connection:
            return [tuple(row) for row in connection.execute(text(statement))]

    def holding(self, text: str) -> list[str]:
        """The platform's tables with a row in which the text stands."""
        tables = self.query(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
        )
        return [
            table
            for (table,) in tables
            if self.query(f"SELECT 1 FROM {table} AS item WHERE strpos(item::text, '{text}') > 0")
        ]

    def uploads(self) -> list[tuple[Any, ...]]:
        return self.query("SELECT file_name, status FROM upload_history ORDER BY id")

    def rows(self) -> int:
        if self.query("SELECT to_regclass('uploads.orders')") == [(None,)]:
            return 0
        return int(self.query("SELECT count(*) FROM uploads.orders")[0][0])

    def received(self) -> list[Path]:
        return [path for path in self.settings.received.rglob("*") if path.is_file()]


def names(elsewhere: Elsewhere, source: dict[str, Any]) -> list[str]:
    """Of what is found."""
    with ExitStack() as stack:
        return [each.shown for each in elsewhere.find(stack, source)]


def refused(elsewhere: Elsewhere, source: dict[str, Any]) -> str:
    """Why; nothing is on record."""
    with pytest.raises(DatavizError) as raised:
        elsewhere.take(**source)
    assert elsewhere.uploads() == []
    return str(raised.value)


@dataclass
class Site:
    """`/ok.csv` has an ETag, `/plain.csv` none; `/half.csv` stops half way until it is let go, `/cut.csv` ends there, `/endless.csv`
    never does, `/moved.csv` leads elsewhere; everything else is not there. `served`: paths that were answered with a body."""

    url: str
    etag: str = '"1"'
    content: bytes = ORDERS
    served: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    half_sent: threading.Event = field(default_factory=threading.Event)
    let_go: threading.Event = field(default_factory=threading.Event)


class _Handler(BaseHTTPRequestHandler):
    site: ClassVar[Site]

    def do_GET(self) -> None:
        site, path = self.site, self.path.partition("?")[0]
        site.headers.append(dict(self.headers))
        if path == "/ok.csv" and self.headers.get("If-None-Match") == site.etag:
            return self._begin(304)
        if path == "/moved.csv":
            return self._begin(302, Location="/ok.csv")
        if path not in ("/ok.csv", "/plain.csv", "/half.csv", "/cut.csv", "/endless.csv"):
            return self._begin(404)
        site.served.append(path)
        if path == "/endless.csv":
            return self._never_end()
        etag = {"ETag": site.etag} if path == "/ok.csv" else {}
        self._begin(200, **{"Content-Length": str(len(site.content)), **etag})
        if path in ("/half.csv", "/cut.csv"):
            self.wfile.write(HALF)
            self.wfile.flush()
            site.half_sent.set()
            if path == "/half.csv":
                site.let_go.wait(120)
            self.close_connection = True
            return None
        self.wfile.write(site.content)
        return None

    def _never_end(self) -> None:
        """No length is told, so that only what comes can be counted."""
        self._begin(200)
        self.close_connection = True
        try:
            self.wfile.write(b"name,amount\n")
            while True:
                self.wfile.write(b"bolt,2\n" * 10_000)
        except OSError:  # nobody reads any more
            self.site.let_go.set()

    def _begin(self, status: int, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def site() -> Iterator[Site]:
    handler = type("Handler", (_Handler,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    made = Site(f"http://127.0.0.1:{server.server_address[1]}")
    handler.site = made  # type: ignore[attr-defined]  # of the class made above
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield made
    finally:
        made.let_go.set()
        server.shutdown()
        thread.join()
        server.server_close()
