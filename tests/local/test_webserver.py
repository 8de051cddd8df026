"""Dagster's webserver on its own port, where nobody logs in."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from dataviz_pipelines.core.settings import READ_ONLY_HEADER
from tests.servers.dagster_ui import dagster_ui

START = """
mutation { startSensor(sensorSelector: {repositoryLocationName: "tests.servers.pipelines",
  repositoryName: "__repository__", sensorName: "watchful"}) { __typename } }
"""
MAY = "{ permissions { permission value } }"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with dagster_ui(tmp_path_factory.mktemp("dagster")) as address:
        yield address


def asked(address: str, query: str, **headers: str) -> Any:
    answer = httpx.post(
        f"{address}/graphql", json={"query": query}, headers={**headers}, timeout=30
    )
    return answer.json()["data"]


def test_f94_a_request_that_is_marked_read_only_changes_nothing(address: str) -> None:
    marked = {READ_ONLY_HEADER: "1"}
    assert asked(address, START, **marked)["startSensor"]["__typename"] == "UnauthorizedError"
    assert not any(each["value"] for each in asked(address, MAY, **marked)["permissions"])
    assert asked(address, START)["startSensor"]["__typename"] == "Sensor"
    assert any(each["value"] for each in asked(address, MAY)["permissions"])


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"},
        {"sec-fetch-site": "same-site", "sec-fetch-mode": "cors"},
    ],
)
def test_pages_of_other_sites_cannot_ask_it_anything(address: str, headers: dict[str, str]) -> None:
    url = f"{address}/graphql"
    assert httpx.get(url, params={"query": MAY}, headers=headers).status_code == 403
    assert httpx.post(url, params={"query": START}, headers=headers).status_code == 403


def test_a_form_of_another_site_cannot_be_sent_to_it(address: str) -> None:
    headers = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
    url = f"{address}/graphql"
    assert httpx.post(url, params={"query": START}, headers=headers).status_code == 403
    assert httpx.get(f"{address}/runs", headers=headers).status_code == 200


def test_a_name_that_was_pointed_at_this_machine_is_refused(address: str) -> None:
    headers = {"host": "evil.example"}
    assert httpx.get(f"{address}/server_info", headers=headers).status_code == 400


def test_an_address_of_before_leads_to_the_new_one(address: str) -> None:
    root = address.removesuffix("/dagster")
    answer = httpx.get(f"{root}/assets/uploads?view=events")
    assert answer.headers["location"] == f"{address}/assets/uploads?view=events"
