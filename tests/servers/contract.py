"""Tools that judge an OpenAPI document from outside, in the virtual environment that tests/servers/install.sh makes."""

import os
from pathlib import Path

import pytest

from tests.servers.bigquery import DEFAULT_FOLDER
from tests.servers.skipping import unavailable


@pytest.fixture(scope="session")
def contract_tools() -> Path:
    """The folder of the programs `st`, `openapi-python-client` and `python`."""
    folder = Path(os.environ.get("DATAVIZ_TEST_SERVERS", DEFAULT_FOLDER)) / "contract"
    programs = folder / "venv" / "bin"
    if not (programs / "st").exists():
        unavailable("schemathesis and openapi-python-client are not installed")
    return programs
