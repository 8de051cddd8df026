"""The real platform, as `dataviz up` runs it, and what a person does with it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx
from sqlalchemy import Engine

from dataviz_pipelines.core.settings import Settings
from dataviz_pipelines.local import postgres
from dataviz_pipelines.local.cluster import Cluster
from dataviz_pipelines.local.record import UpRecord, read_record
from tests.dropbox import DropBox, template_document
from tests.servers.processes import children_of

DATAVIZ = [sys.executable, "-c", "from dataviz_pipelines.cli import main; main()"]
PATIENCE_S = 120
Found = TypeVar("Found")

MATERIALIZATIONS = """
query($key: AssetKeyInput!) { assetNodeOrError(assetKey: $key) { ... on AssetNode {
  assetMaterializations(limit: 1000) { partition runId metadataEntries {
    label ... on TextMetadataEntry { text } ... on IntMetadataEntry { intValue } } } } } }
"""


def wait_for(condition: Callable[[], Found | None], *, patience_s: float = PATIENCE_S) -> Found:
    deadline = time.monotonic() + patience_s
    while not (found := condition()):
        assert time.monotonic() < deadline, "gave up waiting"
        time.sleep(0.1)
    return found


@dataclass(frozen=True)
class RunningPlatform:
    settings: Settings
    engine: Engine

    @property
    def box(self) -> DropBox:
        return DropBox(self.settings, self.engine)

    @property
    def record(self) -> UpRecord:
        found = read_record(self.settings)
        assert found is not None
        return found

    def add_template(self, name: str) -> None:
        """Through the command line, as people do it."""
        file = self.settings.root / f"{name}.json"
        file.write_text(json.dumps(template_document(name)))
        run_dataviz(self.settings, "template", "add", str(file))
        wait_for(lambda: self.box.folder(name).is_dir())

    def drop(self, name: str, content: bytes, *, template: str) -> None:
        """By renaming, so that nothing has to settle."""
        hidden = self.box.folder(template) / f".{name}"
        hidden.write_bytes(content)
        hidden.rename(hidden.with_name(name))

    def archived(self, template: str) -> list[str]:
        return self.box.left_in(self.settings.archive / template)

    def materializations(self, template: str) -> list[dict[str, Any]]:
        """Label to text or number, of each file of the template that Dagster shows."""
        key = {"path": ["uploads"]}
        found = self.graphql(MATERIALIZATIONS, key=key)["assetNodeOrError"]
        return [
            {each["label"]: each.get("text", each.get("intValue")) for each in event["metadataEntries"]}
            for event in found["assetMaterializations"]
            if event["partition"] == template
        ]  # fmt: skip

    def run_of(self, template: str) -> str | None:
        """The id of the run that loaded the template's newest file."""
        key = {"path": ["uploads"]}
        found = self.graphql(MATERIALIZATIONS, key=key)["assetNodeOrError"]
        runs = [e["runId"] for e in found["assetMaterializations"] if e["partition"] == template]
        return runs[0] if runs else None

    def graphql(self, query: str, **variables: Any) -> dict[str, Any]:
        answer = self._asked(query, **variables)
        assert "errors" not in answer, answer
        data: dict[str, Any] = answer["data"]
        return data

    def _asked(self, query: str, **variables: Any) -> dict[str, Any]:
        answer: dict[str, Any] = httpx.post(
            f"{self.record.own_dagster_url}/graphql",
            json={"query": query, "variables": variables},
            timeout=30,
        ).json()
        return answer

    def kill(self, service: str) -> None:
        """kill -9, which the supervisor answers with a new process."""
        pids = [each.pid for each in self.record.services if each.name == service]
        assert pids[0] is not None
        os.kill(pids[0], signal.SIGKILL)
        wait_for(lambda: self.record.ready and [s.pid for s in self.record.services if s.name == service] != pids)  # fmt: skip

    def kill_database(self) -> None:
        """The supervisor starts it again, too."""
        cluster = Cluster.of(self.settings)
        before = postgres.server_pid(cluster)
        assert before is not None
        os.kill(before, signal.SIGKILL)
        wait_for(lambda: postgres.server_pid(cluster) not in (None, before))
        wait_for(lambda: postgres.is_running(cluster))
        wait_for(self.pages_answer)

    def pages_answer(self) -> bool:
        """Dagster tells of each connection that was cut once, when it is used again."""
        return "errors" not in self._asked(MATERIALIZATIONS, key={"path": ["uploads"]})

    def kill_run(self) -> None:
        """The process of a Dagster run that does jobs: the one between the code server and a worker."""
        (server,) = [each.pid for each in self.record.services if each.name == "code-server"]
        assert server is not None
        runs = [run for run in children_of(server) if children_of(run, running="job_types.worker")]
        os.kill(runs[0], signal.SIGKILL)


def run_dataviz(settings: Settings, *arguments: str) -> str:
    done = subprocess.run(
        [*DATAVIZ, *arguments],
        env=_variables(settings.root),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@contextmanager
def dataviz_up(home: Path) -> Iterator[None]:
    log = home.parent / "up.log"
    with (
        log.open("w") as output,
        subprocess.Popen(
            [*DATAVIZ, "up"], env=_variables(home), stdout=output, stderr=output
        ) as process,
    ):
        try:
            wait_for(lambda: "Ready." in log.read_text() or process.poll() is not None)
            assert process.poll() is None, log.read_text()
            yield
        finally:
            process.send_signal(signal.SIGINT)


def _variables(home: Path) -> dict[str, str]:
    """Jobs may call this machine."""
    ours = {"DATAVIZ_HOME": str(home), "DATAVIZ_ALLOWED_NETWORKS": "127.0.0.1", "COLUMNS": "200"}
    return os.environ | ours
