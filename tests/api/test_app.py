"""What holds for every answer of the API, whatever the route."""

import httpx
import pytest
from fastapi import FastAPI

from api.errors import STATUS
from dataviz_pipelines.core import errors
from dataviz_pipelines.core.errors import DatavizError, NotFoundError
from tests.api.serving import serving

PROBLEM = "application/problem+json"


def test_the_documentation_answers_and_names_every_route(client: httpx.Client) -> None:
    document = client.get("/api/openapi.json").json()
    assert {"/health/live", "/health/ready", "/api/v1/dashboards"} <= set(document["paths"])
    assert client.get("/api/docs").status_code == 200


def test_an_unknown_route_is_a_problem_document(client: httpx.Client) -> None:
    answer = client.get("/api/nothing")
    assert (answer.status_code, answer.headers["content-type"]) == (404, PROBLEM)
    assert answer.json() == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "Not Found",
        "request_id": answer.headers["x-request-id"],
    }


def test_a_wrong_method_is_a_problem_document_and_names_the_right_one(client: httpx.Client) -> None:
    answer = client.post("/health/live")
    assert (answer.status_code, answer.headers["content-type"]) == (405, PROBLEM)
    assert answer.headers["allow"] == "GET"


def test_an_invalid_request_names_the_place_and_does_not_repeat_what_was_sent(
    app: FastAPI, client: httpx.Client
) -> None:
    @app.get("/number/{number}")
    def number(number: int) -> int:
        return number

    answer = client.get("/number/secret-thing")
    assert (answer.status_code, answer.headers["content-type"]) == (422, PROBLEM)
    (mistake,) = answer.json()["errors"]
    assert (mistake["place"], mistake["pointer"]) == ("path", "/number")
    assert "secret-thing" not in answer.text


def test_a_known_error_has_its_status_and_its_message(app: FastAPI, client: httpx.Client) -> None:
    @app.get("/missing")
    def missing() -> None:
        raise NotFoundError("There is no such thing.", remedy="Look elsewhere.")

    answer = client.get("/missing")
    assert (answer.status_code, answer.headers["content-type"]) == (404, PROBLEM)
    assert answer.json()["type"] == "urn:dataviz:NotFound"
    assert answer.json()["detail"] == "There is no such thing."
    assert answer.json()["remedy"] == "Look elsewhere."


def test_every_kind_of_error_has_a_status() -> None:
    kinds = {
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, DatavizError)
    }
    assert kinds == set(STATUS)


def test_S67_an_unexpected_error_tells_the_caller_nothing_and_the_log_everything(
    app: FastAPI, caplog: pytest.LogCaptureFixture
) -> None:
    @app.get("/broken")
    def broken() -> None:
        raise RuntimeError("SELECT password FROM users")

    with serving(app) as client:  # it logs after it has answered
        answer = client.get("/broken")
    assert (answer.status_code, answer.headers["content-type"]) == (500, PROBLEM)
    assert "SELECT" not in answer.text
    assert "Traceback" not in answer.text
    assert answer.json()["detail"] == "An unexpected error; the API's log has it."
    assert "RuntimeError: SELECT password FROM users" in caplog.text


@pytest.mark.parametrize(
    "path", ["/health/live", "/api/openapi.json", "/api/nothing", "/broken", "/api/docs", "/"]
)
def test_S30_every_answer_carries_the_security_headers(
    app: FastAPI, client: httpx.Client, path: str
) -> None:
    @app.get("/broken")
    def broken() -> None:
        raise RuntimeError

    headers = client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]


def test_S30_only_pages_may_run_scripts(client: httpx.Client) -> None:
    assert "script-src" not in client.get("/health/live").headers["content-security-policy"]
    assert "script-src" in client.get("/api/docs").headers["content-security-policy"]
