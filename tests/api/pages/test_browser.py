"""F81 and the first page: what a person does at `/`, in a real browser."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect
from sqlalchemy import Engine

from dataviz_pipelines.core.accounts.by_hand import make_account
from tests.servers.browser import PATIENCE_MS, chromium, screenshot_folder

pytestmark = [pytest.mark.slow, pytest.mark.browser]

EMAIL = "ada@example.org"
PASSWORD = "mistral abendrot garten"  # a test's own


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as made:
        yield made


@pytest.fixture(scope="module")
def screenshots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return screenshot_folder(tmp_path_factory)


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def context(browser: Browser, client: httpx.Client, scheme: str) -> Iterator[BrowserContext]:
    made = browser.new_context(
        base_url=str(client.base_url),
        color_scheme="dark" if scheme == "dark" else "light",
        viewport={"width": 1200, "height": 900},
    )
    made.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """Fails when the browser had something to complain about."""
    made, complaints = context.new_page(), []

    def complain(said: ConsoleMessage) -> None:
        is_answer = "Failed to load resource" in said.text  # the page says what it means
        if said.type == "error" and not is_answer:
            complaints.append(said.text)

    made.on("console", complain)
    made.on("pageerror", lambda error: complaints.append(str(error)))
    yield made
    assert complaints == []


@pytest.fixture
def link(app_engine: Engine, client: httpx.Client) -> str:
    with app_engine.begin() as connection:
        return make_account(connection, EMAIL, is_admin=True, roles=[], site=str(client.base_url))


def require_accessible(page: Page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_somebody_new_sets_a_password_and_logs_in(
    page: Page, link: str, screenshots: Path, scheme: str
) -> None:
    page.goto(link)
    expect(page.get_by_role("heading", name="Set a password")).to_be_visible()
    assert "reset" not in page.url
    page.get_by_label("New password").fill("password")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Others would guess the password.")
    require_accessible(page)
    page.get_by_label("New password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Go on").click()
    page.get_by_label("E-mail address").fill(EMAIL)
    page.get_by_label("Password").fill("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("is wrong")
    require_accessible(page)
    page.screenshot(path=screenshots / f"log-in-{scheme}.png")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Files")).to_be_visible()
    require_accessible(page)
    page.screenshot(path=screenshots / f"files-{scheme}.png")
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()


def test_the_documentation_of_the_api_is_there_without_any_other_host(
    page: Page, screenshots: Path
) -> None:
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/api/docs")
    page.locator("#operations-tag-health").click()
    page.locator("[data-path='/health/ready']").click()
    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Execute").click()
    expect(page.get_by_text("Response body").first).to_be_visible()
    page.screenshot(path=screenshots / "docs.png")
    origin = page.evaluate("location.origin")
    assert [url for url in asked if not url.startswith((origin, "data:", "blob:"))] == []
