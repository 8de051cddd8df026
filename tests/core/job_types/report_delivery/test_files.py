"""What is in a report: the whole result as it is, in a file that is safe to open, or nothing."""

from datetime import datetime
from typing import Any

import pytest

from tests.core.job_types.report_delivery.reports import (
    ADA,
    Reports,
    attachment,
    cells,
    content,
    text_of,
)

VALUES = r"""
SELECT 9007199254740993::bigint AS i, 1234567890.10::numeric AS d, 0.1::float8 AS f, true AS b, E'a "b",\nä 日本' AS t,
    DATE '2026-03-01' AS day, TIMESTAMP '2026-03-29 02:30:00' AS local, TIMESTAMPTZ '2026-10-25 02:30:00.5+02' AS moment,
    NULL::int AS nothing, '00123' AS code, ARRAY[1, 2] AS list
"""
HOSTILE = """SELECT '=1+1' AS "=cmd", '+1 x' AS b, '@SUM(A1)' AS c, E'\\t=1' AS d, '-5' AS e, -5 AS f, '-1+1' AS g"""


def test_a_csv_file_has_every_value_as_it_is(reports: Reports) -> None:
    assert reports.csv(VALUES) == (
        "i,d,f,b,t,day,local,moment,nothing,code,list\r\n"
        '9007199254740993,1234567890.10,0.1,True,"a ""b"",\nä 日本",2026-03-01,2026-03-29T02:30:00,'
        '2026-10-25T00:30:00.5Z,,00123,"[1, 2]"\r\n'
    )


def test_a_workbook_has_numbers_and_days_and_digits_that_it_does_not_round(
    reports: Reports,
) -> None:
    assert reports.outcome(VALUES, format="xlsx", **ADA).error_log is None
    file = reports.file()
    assert file.get_filename() == "report-2026-03-02.xlsx"
    header, row = cells(content(file))
    assert dict(zip(header, row, strict=True)) == {
        "i": "9007199254740993",
        "d": 1234567890.1,
        "f": 0.1,
        "b": True,
        "t": 'a "b",\nä 日本',
        "day": datetime(2026, 3, 1),  # noqa: DTZ001  # a workbook knows no zones
        "local": datetime(2026, 3, 29, 2, 30),  # noqa: DTZ001
        "moment": "2026-10-25T00:30:00.5Z",
        "nothing": None,
        "code": "00123",
        "list": "[1, 2]",
    }


def test_F39_S60_nothing_in_a_file_is_taken_for_a_formula(reports: Reports) -> None:
    assert reports.csv(HOSTILE) == (
        "'=cmd,b,c,d,e,f,g\r\n'=1+1,'+1 x,'@SUM(A1),'\t=1,-5,-5,'-1+1\r\n"
    )
    assert reports.outcome(HOSTILE, format="xlsx", **ADA).error_log is None
    header, row = cells(content(reports.file()))
    assert header[0] == "=cmd"
    assert row == ["=1+1", "+1 x", "@SUM(A1)", "\t=1", "-5", -5, "-1+1"]


def test_the_slots_day_in_the_jobs_zone_is_in_name_subject_and_message(reports: Reports) -> None:
    job = reports.job(
        file_name="Umsätze Köln {date} {time}",
        subject="Umsätze {date} — 日本",
        message="Guten Morgen,\nanbei die Zahlen vom {date}.",
        **ADA,
    )
    reports.bench.jobs.set(job, timezone="Pacific/Kiritimati")  # 14 hours before UTC
    assert reports.run(job).error_log is None
    (delivery,) = reports.sent()
    message = delivery.message
    assert message["Subject"] == "Umsätze 2026-03-03 — 日本"
    assert attachment(message).get_filename() == "Umsätze Köln 2026-03-03 0200.csv"
    assert attachment(message)["Content-Type"] == 'text/csv; charset="utf-8"'
    assert text_of(message).startswith(
        "Guten Morgen,\nanbei die Zahlen vom 2026-03-03.\n\nUmsätze Köln 2026-03-03 0200.csv: 3 rows.\n"
        f"Sent by the job Job {job}."
    )


def test_an_empty_report_is_sent_unless_the_job_says_no(reports: Reports) -> None:
    empty = "SELECT 1 AS id WHERE false"
    assert reports.csv(empty) == "id\r\n"
    row = reports.outcome(empty, send_when_empty=False, **ADA)
    assert (row.status, row.output_log.splitlines()[-1]) == (
        "succeeded",
        "An empty report is not sent.",
    )
    assert reports.sent() == []


@pytest.mark.parametrize(
    ("sql", "config", "said"),
    [
        (
            "SELECT generate_series(1, 4)",
            {"max_rows": 3},
            "The result is larger than the 3 rows or 16 MB that may be taken; a part of it is of no use, so nothing was "
            "done. Ask for less, or have max_rows of the job, query_max_rows or query_max_result_mb raised.",
        ),
        ("SELECT generate_series(1, 10001)", {}, "The result is larger than the 10,000 rows"),
        (
            "SELECT repeat('x', 1000) AS x FROM generate_series(1, 1100)",
            {"max_mb": 1},
            "The file has 1,102,206 bytes, and the job allows 1 MB; nothing was sent.",
        ),
        (
            "SELECT repeat('x', 32768) AS x",
            {"format": "xlsx"},
            "A cell holds 32,767 characters; the text in row 2, column 1 has 32,768. Take CSV",
        ),
    ],
)
def test_half_a_report_is_never_sent(
    reports: Reports, sql: str, config: dict[str, Any], said: str
) -> None:
    row = reports.outcome(sql, **config, **ADA)
    assert row.status == "failed"
    assert row.error_log.startswith(said)
    assert reports.sent() == []


def test_parameters_are_those_of_the_query(reports: Reports) -> None:
    given = {"parameters": {"city": "Wien; DROP"}}
    assert reports.csv("SELECT CAST(:city AS text) AS city", **given) == "city\r\nWien; DROP\r\n"


def test_the_log_says_what_was_sent_to_whom(reports: Reports) -> None:
    said = reports.outcome(**ADA).output_log.splitlines()
    assert said[0].startswith("The query answered 3 rows in ")
    assert said[1:] == ["report-2026-03-02.csv has 36 bytes.", "Sent to ada@example.org."]
