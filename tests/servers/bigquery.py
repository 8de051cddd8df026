"""The BigQuery emulator, in the virtual environment of its own that tests/servers/install.sh makes."""

import os
import socket
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest
from google.api_core.client_options import ClientOptions
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery

from tests.servers.processes import free_port, running, server_folder
from tests.servers.skipping import unavailable

PROJECT = "dataviz-test"
DEFAULT_FOLDER = Path.home() / ".cache" / "dataviz-test-servers"


@pytest.fixture(scope="session")
def bigquery_endpoint() -> Iterator[str]:
    """One emulator for all tests of a worker."""
    folder = Path(os.environ.get("DATAVIZ_TEST_SERVERS", DEFAULT_FOLDER)) / "bqemulator"
    program = folder / "venv" / "bin" / "bqemulator"
    if not program.exists():
        unavailable("the BigQuery emulator is not installed")
    port = free_port()
    command = [
        str(program),
        "start",
        f"--rest-port={port}",
        f"--grpc-port={free_port()}",
        f"--project={PROJECT}",
    ]
    with server_folder("bigquery") as state:
        environment = {"PATH": os.defpath, "HOME": str(folder / "home"), "TMPDIR": str(state)}
        answers = partial(_answers, port)
        with running(
            command,
            log=state / "log",
            answers=answers,
            environment=environment,
            as_unprivileged=False,
        ):
            yield f"http://127.0.0.1:{port}"


@pytest.fixture
def bigquery_client(bigquery_endpoint: str) -> Iterator[bigquery.Client]:
    """Its default dataset is a new and empty one. Use `client.query`: by `query_and_wait` the emulator ignores the default."""
    dataset = f"{PROJECT}.test_{uuid4().hex[:12]}"
    client = bigquery.Client(
        project=PROJECT,
        credentials=AnonymousCredentials(),  # type: ignore[no-untyped-call]  # untyped in google-auth
        client_options=ClientOptions(api_endpoint=bigquery_endpoint),
        default_query_job_config=bigquery.QueryJobConfig(default_dataset=dataset),
    )
    client.create_dataset(dataset)
    yield client
    client.delete_dataset(dataset, delete_contents=True)
    client.close()  # type: ignore[no-untyped-call]  # untyped in google-cloud-bigquery


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
