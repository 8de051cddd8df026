"""The page for people, in a real browser: log in, drop a file, read why rows were refused."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect
from sqlalchemy import Engine

from dataviz_pipelines.core.accounts.by_hand import make_account
from dataviz_pipelines.core.accounts.recovery import reset_password
from dataviz_pipelines.core.security.caller import Origin
from dataviz_pipelines.core.settings import Settings
from tests.api.uploads.sending import add_template
from tests.servers.browser import PATIENCE_MS, chromium, screenshot_folder
from tests.servers.workers import Process, upload_worker

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


@pytest.fixture
def scheme() -> str:
    return "light"


both_schemes = pytest.mark.parametrize("scheme", ["light", "dark"])


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
def worker(database_settings: Settings) -> Iterator[Process]:
    with upload_worker(database_settings) as process:
        yield process


@pytest.fixture
def link(app_engine: Engine, client: httpx.Client) -> str:
    with app_engine.begin() as connection:
        return make_account(connection, EMAIL, is_admin=True, roles=[], site=str(client.base_url))


def require_accessible(page: Page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


@both_schemes
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


@pytest.fixture
def loaded_page(page: Page, link: str, app_engine: Engine, worker: Process) -> Page:
    """Somebody who has logged in, before a template, with what loads files at work."""
    del worker
    add_template(app_engine)
    token = link.partition("=")[2]
    reset_password(app_engine, token=token, password=PASSWORD, origin=Origin())
    page.goto("/")
    page.get_by_label("E-mail address").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Load a file")).to_be_visible()
    return page


@both_schemes
def test_a_file_is_loaded_and_its_rejected_rows_say_why(
    loaded_page: Page, tmp_path: Path, screenshots: Path, scheme: str
) -> None:
    page = loaded_page
    require_accessible(page)
    file = tmp_path / "spring orders.csv"
    file.write_text("name,amount\nbolt,2\nnut,many\nwasher,3\n")
    page.get_by_label("Drop a file here").set_input_files(file)
    expect(page.get_by_role("heading", name="2 rows loaded, 1 rejected")).to_be_visible()
    rejects = page.get_by_role("table", name="Rejected rows")
    expect(rejects.get_by_role("row").nth(1)).to_contain_text("many")
    require_accessible(page)
    page.screenshot(path=screenshots / f"loaded-{scheme}.png", full_page=True)

    page.get_by_role("link", name="spring orders.csv").click()
    expect(page.get_by_role("heading", name="spring orders.csv")).to_be_visible()
    require_accessible(page)
    page.screenshot(path=screenshots / f"upload-{scheme}.png", full_page=True)
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    correct = tmp_path / "corrected.csv"
    correct.write_text(download.value.path().read_text().replace("many", "7"))
    page.get_by_label("Corrected file").set_input_files(correct)
    expect(page.get_by_role("heading", name="1 row loaded")).to_be_visible()
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", name="1 row taken out again")).to_be_visible()
    page.get_by_role("link", name="All files").click()
    expect(page.get_by_role("table", name="Uploads").get_by_role("row")).to_have_count(3)
    page.screenshot(path=screenshots / f"history-{scheme}.png", full_page=True)


def test_F34_a_dry_run_shows_what_would_happen_and_can_be_loaded(
    loaded_page: Page, tmp_path: Path, screenshots: Path
) -> None:
    page = loaded_page
    file = tmp_path / "orders.csv"
    file.write_text("name,amount\nbolt,2\nnut,many\n")
    page.get_by_label("Only show what would happen").check()
    page.get_by_label("Drop a file here").set_input_files(file)
    expect(page.get_by_role("heading", name="1 row would be loaded, 1 rejected")).to_be_visible()
    changes = page.get_by_role("table", name="The first of them")
    expect(changes.get_by_role("row").nth(1)).to_contain_text("bolt")
    page.screenshot(path=screenshots / "tried.png", full_page=True)
    page.get_by_role("button", name="Load it").click()
    expect(page.get_by_role("heading", name="1 row loaded, 1 rejected")).to_be_visible()


def test_a_file_that_cannot_be_taken_is_refused_with_the_reason(
    loaded_page: Page, tmp_path: Path
) -> None:
    page = loaded_page
    file = tmp_path / "orders.csv"
    file.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(1_000))
    page.get_by_label("Drop a file here").set_input_files(file)
    expect(page.get_by_role("alert")).to_contain_text("PNG")
    require_accessible(page)


def test_a_larger_file_is_followed_until_it_is_loaded(loaded_page: Page, tmp_path: Path) -> None:
    page = loaded_page
    file = tmp_path / "orders.csv"
    file.write_text("name,amount\n" + "".join(f"bolt {n},{n}\n" for n in range(150_000)))
    page.get_by_label("Drop a file here").set_input_files(file)
    expect(page.get_by_role("progressbar", name="Progress of orders.csv")).to_be_visible()
    expect(page.get_by_role("heading", name="150,000 rows loaded")).to_be_visible()


def test_a_file_can_be_dropped(loaded_page: Page) -> None:
    page = loaded_page
    transfer = page.evaluate_handle(
        """() => {
            const transfer = new DataTransfer();
            transfer.items.add(new File(["name,amount\\nbolt,2\\n"], "dropped.csv"));
            return transfer;
        }"""
    )
    page.locator(".zone").dispatch_event("drop", {"dataTransfer": transfer})
    expect(page.get_by_role("heading", name="1 row loaded")).to_be_visible()


def test_everything_can_be_done_with_the_keyboard(loaded_page: Page) -> None:
    page = loaded_page
    reached = []
    for _ in range(14):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate("document.activeElement.id || document.activeElement.textContent")
        )
    assert {"Files", "Dagster", "Log out", "field-template", "file", "dry-run"} <= set(reached)
