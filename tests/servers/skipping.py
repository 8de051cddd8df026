"""What a test does when its server cannot be had on this machine."""

import os
from typing import NoReturn

import pytest


def unavailable(reason: str) -> NoReturn:
    """Skips with the reason; where servers are required, as in CI, a missing one is a failure."""
    advice = f"{reason}; tests/servers/install.sh installs it"
    if os.environ.get("DATAVIZ_REQUIRE_SERVERS") == "1":
        pytest.fail(advice)
    pytest.skip(advice)
