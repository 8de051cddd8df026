"""What tests of the scheduler are made of: a job in few words, a clock that is set by hand, and a web server that counts."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from uuid import UUID, uuid4

from sqlalchemy import Engine, insert, select, update

from dataviz_pipelines.core.models.ids import new_id
from dataviz_pipelines.core.models.tables import SchedulerJob, SchedulerJobRun, User
from dataviz_pipelines.core.scheduling.dispatching import make_batches
from dataviz_pipelines.core.scheduling.job_types import Scheduling
from dataviz_pipelines.core.scheduling.running import run_batch
from dataviz_pipelines.core.scheduling.ticking import tick

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Calls:
    """A web server: `/ok` answers 200, `/500` that number, `/slow` only when it is let go. It counts the keys it is given."""

    def __init__(self, server: ThreadingHTTPServer) -> None:
        self.url = f"http://127.0.0.1:{server.server_address[1]}"
        self.keys: Counter[str] = Counter()
        self.headers: list[dict[str, str]] = []
        self.bodies: list[bytes] = []
        self.let_go = threading.Event()


class _Handler(BaseHTTPRequestHandler):
    calls: ClassVar[Calls]

    def do_GET(self) -> None:
        self.calls.keys[self.headers["Idempotency-Key"]] += 1
        self.calls.headers.append(dict(self.headers))
        self.calls.bodies.append(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        path = self.path.partition("?")[0].strip("/")
        if path == "slow":
            self.calls.let_go.wait(60)
        status = int(path) if path.isdigit() else 200
        body = f"said {self.headers.get('Authorization')}".encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if status == 302:
            self.send_header("Location", "/ok")
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815  # the library looks for it

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def web_server() -> Iterator[Calls]:
    handler = type("Handler", (_Handler,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    handler.calls = calls = Calls(server)  # type: ignore[attr-defined]  # of the class made above
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield calls
    finally:
        calls.let_go.set()
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class Jobs:
    """`scheduling` reads the time from here."""

    scheduling: Scheduling
    now: datetime = NOON

    @classmethod
    def over(cls, scheduling: Scheduling) -> "Jobs":
        made = cls(scheduling)
        made.scheduling = replace(scheduling, clock=lambda: made.now)
        return made

    @property
    def engine(self) -> Engine:
        return self.scheduling.engine

    def add(
        self,
        url: str = "http://127.0.0.1:9/",
        *,
        cron: str | None = "* * * * *",
        next_run_at: datetime | None = NOON,
        owner: UUID | None = None,
        config: dict[str, Any] | None = None,
        notify: dict[str, Any] | None = None,
        columns: dict[str, Any] | None = None,
        **policy: Any,
    ) -> UUID:
        job_id = new_id()
        values = {
            "id": job_id,
            "name": f"Job {job_id}",
            "job_type": "http_call",
            "schedule_expression": cron,
            "next_run_at": next_run_at,
            "created_by": owner,
            "job_config": {"url": url, **(config or {})},
            "run_policy": policy,
            "notification_config": notify or {},
        }
        with self.engine.begin() as connection:
            connection.execute(insert(SchedulerJob).values(values | (columns or {})))
        return job_id

    def person(self, **values: Any) -> UUID:
        user_id = uuid4()
        with self.engine.begin() as connection:
            connection.execute(
                insert(User).values(
                    id=user_id,
                    email=f"{user_id}@example.org",
                    password_hash="none",
                    first_name="Ada",
                    last_name="Lovelace",
                    **values,
                )
            )
        return user_id

    def set(self, job_id: UUID, **values: Any) -> None:
        with self.engine.begin() as connection:
            connection.execute(
                update(SchedulerJob).where(SchedulerJob.id == job_id).values(**values)
            )

    def job(self, job_id: UUID) -> Any:
        with self.engine.begin() as connection:
            return connection.execute(
                select(*SchedulerJob.__table__.columns).where(SchedulerJob.id == job_id)
            ).one()

    def runs(self, job_id: UUID | None = None) -> list[Any]:
        """In the order of their slots."""
        table = SchedulerJobRun.__table__
        statement = select(*table.columns).order_by(table.c.scheduled_for, table.c.id)
        if job_id is not None:
            statement = statement.where(table.c.job_id == job_id)
        with self.engine.begin() as connection:
            return list(connection.execute(statement))

    def decided(self, job_id: UUID) -> list[tuple[str, str, str | None]]:
        return [
            (f"{row.scheduled_for:%H:%M}", row.status, row.skip_reason) for row in self.runs(job_id)
        ]

    def tick(self, now: datetime | None = None) -> int:
        """How many slots were decided about."""
        self.now = now or self.now
        return tick(self.scheduling)

    def work(self) -> list[str]:
        """Runs all that may start now, as Dagster would be asked to; how the runs ended."""
        ended = []
        for batch in make_batches(self.scheduling):
            ended += [row["status"] for row in run_batch(self.scheduling, batch.id, None)]
        return ended
