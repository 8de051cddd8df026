"""Calling a URL: what is sent, where it may go, and what is shown of it."""

from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from dataviz_pipelines.core.job_types.http_call import HttpCallConfig
from tests.core.scheduling.conftest import calls, jobs
from tests.core.scheduling.given import Calls, Jobs

__all__ = ["calls", "jobs"]
URL = "https://example.org/hook"


def outcome(jobs: Jobs, url: str, **config: Any) -> Any:
    job = jobs.add(url, config=config)
    jobs.tick()
    jobs.work()
    return jobs.runs(job)[0]


def test_a_call_sends_what_was_written(jobs: Jobs, calls: Calls) -> None:
    config = {"method": "POST", "headers": {"X-Team": "data"}, "body": '{"ä": 1}'}
    assert outcome(jobs, f"{calls.url}/ok?key=1", **config).status == "succeeded"
    assert calls.bodies == ['{"ä": 1}'.encode()]
    (headers,) = calls.headers
    assert headers["X-Team"] == "data"
    assert headers["Host"] == calls.url.removeprefix("http://")


def test_a_status_may_be_expected_and_a_redirect_is_not_followed(jobs: Jobs, calls: Calls) -> None:
    assert outcome(jobs, f"{calls.url}/404", expected_status=[404]).status == "succeeded"
    assert outcome(jobs, f"{calls.url}/200", expected_status=[404]).status == "failed"
    assert outcome(jobs, f"{calls.url}/302").status == "failed"
    assert len(calls.headers) == 3


def test_F57_secrets_come_from_the_environment_and_are_in_no_log(
    jobs: Jobs, calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATAVIZ_JOB_SECRETS", '{"CRM": "Bearer open-sesame"}')
    row = outcome(jobs, f"{calls.url}/ok", secret_headers={"Authorization": "CRM"})
    assert calls.headers[0]["Authorization"] == "Bearer open-sesame"
    assert "said ***" in row.output_log
    assert "sesame" not in row.output_log
    missing = outcome(jobs, f"{calls.url}/ok", secret_headers={"Authorization": "ERP"})
    assert missing.error_log == "The secret ERP is not there. Add it to DATAVIZ_JOB_SECRETS."


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "169.254.169.254", "localhost", "[::1]", "[::ffff:127.0.0.1]"]
)
def test_S45_addresses_of_the_machine_and_of_clouds_are_not_called(jobs: Jobs, host: str) -> None:
    nothing_allowed = jobs.scheduling.settings.model_copy(update={"allowed_networks": ""})
    jobs.scheduling = replace(jobs.scheduling, settings=nothing_allowed)
    row = outcome(jobs, f"http://{host}:9/")
    assert row.status == "failed"
    assert "is an address that the platform does not connect to" in row.error_log


def test_what_does_not_answer_is_named_without_its_query(jobs: Jobs) -> None:
    row = outcome(jobs, "http://127.0.0.1:9/hook?token=open-sesame")
    assert row.error_log.startswith(
        "http://127.0.0.1:9/hook did not answer: the connection was refused."
    )


@pytest.mark.parametrize(
    ("config", "place"),
    [
        ({"url": "ftp://example.org"}, "url"),
        ({"url": "https://ada:secret@example.org"}, "url"),
        ({"url": "https://example.org:port"}, "url"),
        ({"url": "https:///path"}, "url"),
        ({"url": URL, "headers": {"Authorization": "Bearer x"}}, "headers"),
        ({"url": URL, "headers": {"Host": "other"}}, "headers"),
        ({"url": URL, "headers": {"X-A": "1\r\nX-B: 2"}}, "headers"),
        ({"url": URL, "secret_headers": {"Cookie": "not a name"}}, "secret_headers"),
        ({"url": URL, "method": "TRACE"}, "method"),
        ({"url": URL, "expected_status": []}, "expected_status"),
        ({"url": URL, "timeout_s": 0}, "timeout_s"),
        ({"url": URL, "other": 1}, "other"),
    ],
)
def test_a_call_that_cannot_be_made_is_refused_when_it_is_saved(
    config: dict[str, Any], place: str
) -> None:
    with pytest.raises(ValidationError) as raised:
        HttpCallConfig.model_validate(config)
    assert [error["loc"][0] for error in raised.value.errors()] == [place]
