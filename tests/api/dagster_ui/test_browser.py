"""F94: Dagster's UI in a real browser, behind the log-in."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from tests.api.dagster_ui.asking import GRAPHQL, LAUNCH, LAUNCHED, asks
from tests.api.people import People, Person
from tests.servers.browser import PATIENCE_MS, chromium, screenshot_folder

pytestmark = [pytest.mark.slow, pytest.mark.browser]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as made:
        yield made


@pytest.fixture(scope="module")
def screenshots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return screenshot_folder(tmp_path_factory)


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport={"width": 1400, "height": 900})
    made.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    yield made
    made.close()


def page_of(person: Person, context: BrowserContext) -> tuple[Page, list[str]]:
    """A page with the person's session, and what the browser complains about."""
    url = str(person.http.base_url).replace("http:", "https:")
    context.add_cookies([{"name": "__Host-dataviz", "value": person.token, "url": url, "secure": True}])  # fmt: skip
    page, complaints = context.new_page(), []

    def complain(said: ConsoleMessage) -> None:
        forgets_its_path = "/favicon-run-" in said.location["url"]  # Dagster's own mistake
        if said.type == "error" and not forgets_its_path:
            complaints.append(f"{said.text} {said.location}")

    page.on("console", complain)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return page, complaints


def launch(admin: Person) -> str:
    launched = admin.post(GRAPHQL, asks(LAUNCH, variables=LAUNCHED)).json()["data"]["launchRun"]
    run_id: str = launched["run"]["runId"]
    return run_id


def test_f94_a_viewer_sees_runs_and_logs_and_cannot_start_anything(
    people: People, context: BrowserContext, screenshots: Path
) -> None:
    run_id = launch(people("admin"))
    viewer = people("viewer")
    page, complaints = page_of(viewer, context)
    page.goto(f"{viewer.http.base_url}/dagster/runs")
    expect(page.get_by_text("speaking").first).to_be_visible()
    page.goto(f"{viewer.http.base_url}/dagster/runs/{run_id}")
    expect(page.get_by_text("onerror=alert(1)").first).to_be_visible()
    expect(page.get_by_text("Success").first).to_be_visible()
    expect(page.get_by_role("button", name="Re-execute all")).to_be_disabled()
    page.screenshot(path=screenshots / "dagster-viewer.png")
    assert complaints == []


def test_f94_an_admin_starts_a_run_again(
    people: People, context: BrowserContext, screenshots: Path
) -> None:
    admin = people("admin")
    run_id = launch(admin)
    page, complaints = page_of(admin, context)
    page.goto(f"{admin.http.base_url}/dagster/runs/{run_id}")
    expect(page.get_by_text("Success").first).to_be_visible()
    page.get_by_role("button", name="Re-execute all").click()
    page.wait_for_url(lambda url: "/runs/" in url and run_id not in url)
    expect(page.get_by_text("Success").first).to_be_visible()
    page.screenshot(path=screenshots / "dagster-admin.png")
    assert complaints == []


def test_f94_without_a_session_the_browser_is_at_the_log_in(
    client: httpx.Client, context: BrowserContext
) -> None:
    page = context.new_page()
    page.goto(f"{client.base_url}/dagster/runs")
    assert page.url.endswith("/?next=/dagster/runs")
