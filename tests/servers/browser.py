"""The machine's own chromium; never a download."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.servers.skipping import unavailable

CHROMIUM = Path("/usr/bin/chromium")
PATIENCE_MS = 60_000
_QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@contextmanager
def chromium() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        unavailable("there is no chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=_QUIET)
        yield browser
        browser.close()


def screenshot_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """DATAVIZ_TEST_SCREENSHOTS names a folder where they outlive the test."""
    configured = os.environ.get("DATAVIZ_TEST_SCREENSHOTS")
    return Path(configured) if configured else tmp_path_factory.mktemp("screenshots")
