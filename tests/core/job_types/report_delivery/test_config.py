"""What a job may say of its report, before anything is sent."""

from typing import Any

import pytest

from dataviz_pipelines.core.errors import Fault
from dataviz_pipelines.core.job_types import RUNNERS
from dataviz_pipelines.core.job_types.report_delivery.config import ReportDeliveryConfig
from dataviz_pipelines.core.scheduling.checks import check_config
from dataviz_pipelines.core.scheduling.errors import JobInvalidError
from tests.core.job_types.report_delivery.reports import ADA, Reports

JOB = {"job_type": "report_delivery", "target_resource_type": "saved_query"}


def faults(config: dict[str, Any]) -> list[str]:
    with pytest.raises(JobInvalidError) as raised:
        check_config({**JOB, "job_config": config}, RUNNERS)
    return [fault.place.removeprefix("/job_config") for fault in raised.value.faults]


@pytest.mark.parametrize(
    ("config", "place"),
    [
        ({}, ""),
        ({"channels": []}, ""),
        ({"channels": [{"kind": "chat", "target": "room"}]}, "/channels/0/kind"),
        ({"channels": [{"kind": "webhook"}]}, "/channels/0"),
        ({"channels": [{"kind": "webhook", "target": "https://example.org/hook"}]}, "/channels/0"),
        ({"user_ids": ["ada"]}, "/user_ids/0"),
        ({**ADA, "format": "pdf"}, "/format"),
        ({**ADA, "message": "\0"}, "/message"),
        ({**ADA, "max_rows": 0}, "/max_rows"),
        ({**ADA, "max_mb": 51}, "/max_mb"),
        ({**ADA, "parameters": {"a": {"type": "date", "value": "soon"}}}, "/parameters/a"),
        ({**ADA, "columns": []}, "/columns"),
    ],
)
def test_a_report_that_cannot_be_made_is_refused_when_it_is_saved(
    config: dict[str, Any], place: str
) -> None:
    assert faults(config) == [place]


@pytest.mark.parametrize(
    "address",
    [
        "ada",
        "ada@example.org\nBcc: eve@evil.example",
        "ada@example.org\r\nX: 1",
        "ada@example.org\n",
        "ada@example.org, eve@evil.example",
        "Ada <ada@example.org>",
        "ada@" + "x" * 251,
    ],
)
def test_what_is_not_one_address_is_refused(address: str) -> None:
    assert faults({"channels": [{"kind": "email", "target": address}]}) == ["/channels/0/target"]


@pytest.mark.parametrize(
    "name",
    [
        "",
        "../up",
        "a/b",
        "a\\b",
        "C:a",
        ".hidden",
        "ends.",
        " begins",
        "a\r\nBcc: eve@evil.example",
        "a\0",
        "a\u2028b",
        "\u202egnp.exe",
        'a"b',
        "con",
        "NUL.{date}",
        "report.csv",
        "Report.XLSX",
        "{today}",
        "x" * 101,
        "日" * 70,
    ],
)
def test_a_file_name_that_is_not_safe_everywhere_is_refused(name: str) -> None:
    assert faults({**ADA, "file_name": name}) == ["/file_name"]


@pytest.mark.parametrize(
    "name", ["orders", "Umsätze {date}", "{date}-{time}", "売上 v1.2", "گزارش\u200cشد", "console"]
)
def test_other_file_names_are_taken(name: str) -> None:
    assert ReportDeliveryConfig.model_validate({**ADA, "file_name": name}).file_name == name


@pytest.mark.parametrize(
    "subject", ["", " ", "a\r\nBcc: eve@evil.example", "a\nb", "a\x0bb", "a\u2029b", "x" * 201]
)
def test_a_subject_is_one_line(subject: str) -> None:
    assert faults({**ADA, "subject": subject}) == ["/subject"]


def test_a_name_of_a_job_adds_no_header(reports: Reports) -> None:
    job = reports.job(**ADA)
    reports.bench.jobs.set(job, name="Sales\r\nBcc: eve@evil.example\u2028")
    assert reports.run(job).error_log is None
    (delivery,) = reports.sent()
    assert delivery.message["Subject"] == "Sales Bcc: eve@evil.example"
    assert delivery.message["Bcc"] is None
    assert delivery.recipients == ["ada@example.org"]


def test_a_report_without_a_query_is_refused_when_it_is_saved() -> None:
    with pytest.raises(JobInvalidError) as raised:
        check_config({"job_type": "report_delivery", "job_config": ADA}, RUNNERS)
    fault = Fault("/target_resource_type", "the job works on a saved_query")
    assert raised.value.faults == [fault]
