"""The Dagster UI in a real browser: can a person find what became of a file?"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.platform.running import RunningPlatform, wait_for
from tests.servers.browser import PATIENCE_MS, chromium, screenshot_folder

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.xdist_group("platform")]


@pytest.fixture(scope="module")
def screenshots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return screenshot_folder(tmp_path_factory)


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1500, "height": 1000})
        page.set_default_timeout(PATIENCE_MS)
        yield page


@pytest.fixture(scope="module")
def shown_file(running: RunningPlatform) -> str:
    running.add_template("browsed")
    name = "spring catalogue.csv"
    rows = b"".join(b"part %d,%d\n" % (n, n) for n in range(1234))
    running.drop(name, b"name,amount\n" + rows + b"broken,x\n", template="browsed")
    wait_for(lambda: running.materializations("browsed"))
    return name


def test_F43_F116_the_assets_page_shows_the_file_its_rows_and_its_preview(
    running: RunningPlatform, page: Page, shown_file: str, screenshots: Path
) -> None:
    page.goto(f"{running.record.own_dagster_url}/assets/uploads?view=events&partition=browsed")
    expect(page.get_by_text(shown_file).first).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_text("1,234").or_(page.get_by_text("1234")).first).to_be_visible()
    page.screenshot(path=screenshots / "asset-events.png")
    preview = page.get_by_text("part 0").or_(page.get_by_text("Show Markdown")).first
    preview.scroll_into_view_if_needed()
    page.screenshot(path=screenshots / "asset-preview.png")


def test_F43_the_assets_page_says_why_a_file_was_refused(
    running: RunningPlatform, page: Page, screenshots: Path
) -> None:
    running.add_template("refused")
    running.drop("wrong.csv", b"name,price\nbolt,2\n", template="refused")
    quarantine = running.settings.quarantine / "refused"
    wait_for(lambda: running.box.left_in(quarantine))
    page.goto(f"{running.record.own_dagster_url}/assets/uploads?view=events&partition=refused")
    expect(page.get_by_text("File wrong.csv has no column amount").first).to_be_visible(
        timeout=PATIENCE_MS
    )
    page.screenshot(path=screenshots / "refused.png")


def test_F118_the_assets_overview_tells_what_it_is_and_who_owns_it(
    running: RunningPlatform, page: Page, shown_file: str, screenshots: Path
) -> None:
    assert shown_file
    page.goto(f"{running.record.own_dagster_url}/assets/uploads?view=overview")
    expect(page.get_by_text("Rows of dropped files that passed").first).to_be_visible(
        timeout=PATIENCE_MS
    )
    expect(page.get_by_text("data-platform").first).to_be_visible()
    page.screenshot(path=screenshots / "asset-overview.png")


def test_the_runs_page_shows_the_run_that_loaded_the_file(
    running: RunningPlatform, page: Page, shown_file: str, screenshots: Path
) -> None:
    assert shown_file
    page.goto(f"{running.record.own_dagster_url}/runs")
    expect(page.get_by_text("load_uploads").first).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_text("Success").first).to_be_visible()
    page.screenshot(path=screenshots / "runs.png")


def test_F118_the_graph_leads_from_the_inbox_to_the_uploads(
    running: RunningPlatform, page: Page, screenshots: Path
) -> None:
    page.goto(f"{running.record.own_dagster_url}/assets/uploads?view=lineage")
    for asset in ("inbox", "uploads"):
        expect(page.get_by_text(asset, exact=True).first).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_text(re.compile("Loading"))).to_have_count(0, timeout=PATIENCE_MS)
    page.screenshot(path=screenshots / "graph.png")
