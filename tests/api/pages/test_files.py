"""The page at `/` as a server sends it; test_browser.py looks at it with a browser."""

import re

import httpx
import pytest

from api.pages import STATIC

NAMES = sorted(path.name for path in STATIC.iterdir())


@pytest.mark.parametrize("path", ["/", "/api/docs"])
def test_S30_a_page_runs_its_own_files_only(client: httpx.Client, path: str) -> None:
    answer = client.get(path)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert not re.search(r"<script(?![^>]*\bsrc=)|\bon\w+=|style=", answer.text)


@pytest.mark.parametrize("name", NAMES)
def test_each_file_is_asked_about_and_sent_once(client: httpx.Client, name: str) -> None:
    first = client.get(f"/static/{name}")
    assert first.status_code == 200
    assert first.headers["cache-control"] == "no-cache"
    assert first.headers["x-content-type-options"] == "nosniff"
    again = client.get(f"/static/{name}", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("name", NAMES)
def test_no_file_comes_from_elsewhere(name: str) -> None:
    text = (STATIC / name).read_text(encoding="utf-8")
    assert re.findall(r"https?://[^\s\"')]+", text) in ([], ["http://www.w3.org/2000/svg"])


@pytest.mark.parametrize("name", [name for name in NAMES if name.endswith(".js")])
def test_what_files_and_people_say_never_becomes_markup(name: str) -> None:
    text = (STATIC / name).read_text(encoding="utf-8")
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(", text)


def test_the_page_names_each_of_its_modules_so_that_they_come_at_once() -> None:
    page = (STATIC / "index.html").read_text(encoding="utf-8")
    assert [
        name
        for name in NAMES
        if name.endswith(".js") and name != "docs.js" and f"/static/{name}" not in page
    ] == []


def test_nothing_outside_of_the_folder_is_served(client: httpx.Client) -> None:
    for path in (
        "/static/../__init__.py",
        "/static/%2e%2e/__init__.py",
        "/static/..%2f__init__.py",
    ):
        assert client.get(path).status_code == 404
