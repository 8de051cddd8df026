"""A proxy before the BigQuery emulator that does what BigQuery does and the emulator does not, and can be made to fail.

It refuses a second job of the same id, and a column that is added through the REST API exists for queries too. `before` and
`after` see each request and its answer; an exception in one of them cuts the connection off.
"""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

HOP_BY_HOP = frozenset({"connection", "transfer-encoding", "content-length", "keep-alive"})
Answer = tuple[int, dict[str, str], bytes]


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def document(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body) if self.body[:1] == b"{" else {}
        return found

    @property
    def query(self) -> str:
        """Of a job that runs one; empty for all other requests."""
        found = self.document.get("configuration", {}).get("query", {}).get("query", "")
        return str(found)

    @property
    def job_id(self) -> str | None:
        found: str | None = self.document.get("jobReference", {}).get("jobId")
        return found


class CutOffError(Exception):
    """Instead of an answer."""


@dataclass
class Mended:
    emulator: str
    endpoint: str = ""
    before: Callable[[Asked], Answer | None] = lambda asked: None  # noqa: ARG005  # names it for callers
    after: Callable[[Asked], None] = lambda asked: None  # noqa: ARG005
    seen: list[Asked] = field(default_factory=list)
    job_ids: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, asked: Asked) -> Answer:
        given = self.before(asked)
        if given is not None:
            return given
        with self.lock:
            self.seen.append(asked)
            is_repeated = asked.job_id in self.job_ids
            if asked.job_id is not None:
                self.job_ids.add(asked.job_id)
        if is_repeated:
            return refusal(409, "duplicate", f"Already Exists: Job {asked.job_id}")
        if asked.method == "PATCH" and "schema" in asked.document:
            self._alter(asked)
        found = self.forwarded(asked)
        self.after(asked)
        return found

    def forwarded(self, asked: Asked) -> Answer:
        place = urlsplit(self.emulator)
        connection = HTTPConnection(place.hostname or "", place.port, timeout=120)
        kept = {k: v for k, v in asked.headers.items() if k.lower() not in HOP_BY_HOP}
        connection.request(asked.method, asked.path, asked.body, kept)
        response = connection.getresponse()
        answer = response.status, dict(response.getheaders()), response.read()
        connection.close()
        return answer

    def _alter(self, asked: Asked) -> None:
        _, _, _, _, project, _, dataset, _, table = urlsplit(asked.path).path.split("/")
        for column in asked.document["schema"]["fields"]:
            statement = (
                f"ALTER TABLE `{dataset}`.`{table}` ADD COLUMN IF NOT EXISTS `{column['name']}` "
                f"{column['type']}"
            )
            body = json.dumps({"query": statement, "useLegacySql": False}).encode()
            path = f"/bigquery/v2/projects/{project}/queries"
            self.forwarded(Asked("POST", path, {"Content-Type": "application/json"}, body))


def refusal(status: int, reason: str, message: str) -> Answer:
    details = [{"domain": "global", "reason": reason, "message": message}]
    document = {"error": {"code": status, "message": message, "errors": details}}
    return status, {"Content-Type": "application/json"}, json.dumps(document).encode()


@contextmanager
def mended(emulator: str) -> Iterator[Mended]:
    server = Mended(emulator)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # an answer is sent at once, not in pieces that wait for each other

        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            asked = Asked(self.command, self.path, dict(self.headers), self.rfile.read(length))
            try:
                status, headers, body = server.answer(asked)
            except CutOffError:
                self.close_connection = True
                return
            self.send_response(status)
            for name, value in headers.items():
                if name.lower() not in HOP_BY_HOP:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815  # as its base calls them

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        server.endpoint = f"http://127.0.0.1:{listening.server_address[1]}"
        yield server
        listening.shutdown()
