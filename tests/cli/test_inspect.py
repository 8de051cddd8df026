"""`dataviz inspect`, as a program that others drive."""

import csv
import json
from pathlib import Path

import pytest
from typer.main import get_group
from typer.testing import CliRunner

from dataviz_pipelines.cli.inspect import commands

MESSY = b"""Report of sales
printed 2024-01-01

id;name;name;amount
1;Ann;a;1,5
2;"B;ob";b;2,5
3;Cid
4;D"an;d;4,5
6;a;b;c;d
7;Eve;e;5,5

Source: the office
"""


def run(*arguments: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(
        commands, [str(argument) for argument in arguments], catch_exceptions=False
    )
    return result.exit_code, result.stdout


@pytest.fixture
def messy(tmp_path: Path) -> Path:
    path = tmp_path / "messy.csv"
    path.write_bytes(MESSY)
    return path


def test_json_is_one_document_with_what_was_understood(messy: Path) -> None:
    code, output = run(messy, "--json")
    document = json.loads(output)
    assert code == 0
    assert document["file_name"] == "messy.csv"
    assert document["profile"]["columns"] == ["id", "name", "name_2", "amount"]
    assert document["profile"]["detected"]["delimiter"]["value"] == ";"
    assert document["profile"]["preamble"] == ["Report of sales", "printed 2024-01-01"]
    assert document["profile"]["footer"] == ["Source: the office"]
    assert (document["records"], document["rejected"]) == (3, 3)
    assert document["rules"] == {"too_few_fields": 1, "stray_quote": 1, "too_many_fields": 1}
    assert document["first_rows"][1] == ["2", "B;ob", "b", "2,5"]


def test_the_conversion_has_the_header_first_and_ragged_records_as_they_are(
    messy: Path, tmp_path: Path
) -> None:
    code, _ = run(messy, "--csv-dir", tmp_path / "out")
    converted = tmp_path / "out" / "messy_converted.csv"
    with converted.open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert code == 0
    assert rows == [
        ["id", "name", "name", "amount"],
        ["1", "Ann", "a", "1,5"],
        ["2", "B;ob", "b", "2,5"],
        ["3", "Cid"],
        ["4", 'D"an', "d", "4,5"],
        ["6", "a", "b", "c", "d"],
        ["7", "Eve", "e", "5,5"],
    ]
    assert converted.read_bytes().count(b"\r\n") == 7


def test_one_bad_file_does_not_keep_the_others_from_being_read(messy: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty.csv"
    empty.touch()
    missing = tmp_path / "missing.csv"
    out = tmp_path / "out"
    code, output = run(empty, missing, messy, "--json", "--csv-dir", out)
    documents = json.loads(output)
    assert code == 1
    assert documents[0]["error"] == "empty.csv is empty. Send the file again."
    assert documents[1]["error"].startswith("missing.csv cannot be opened")
    assert (documents[2]["error"], documents[2]["records"]) == (None, 3)
    assert (out / "empty_converted.csv").read_bytes() == b""
    assert (out / "messy_converted.csv").stat().st_size > 100


def test_a_person_gets_tables(messy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dataviz_pipelines.cli.output.results.width", 300)
    code, output = run(messy)
    assert code == 0
    for text in ("messy.csv", "utf-8", "Report of sales", "Ann", "too_few_fields", "stray_quote"):
        assert text in output


def test_it_is_a_command_of_its_name() -> None:
    assert list(get_group(commands).commands) == ["inspect"]


def test_a_lone_carriage_return_in_a_file_of_other_line_ends_ends_a_record(tmp_path: Path) -> None:
    path = tmp_path / "mixed.csv"
    path.write_bytes(b"id,name\n1,a\n2,b\r3,c\n4,d\n5,e\n")
    run(path, "--csv-dir", tmp_path)
    assert (tmp_path / "mixed_converted.csv").read_bytes() == (
        b"id,name\r\n1,a\r\n2,b\r\n3,c\r\n4,d\r\n5,e\r\n"
    )


def test_a_table_wider_than_any_database_takes_is_still_converted(tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    path.write_text(",".join(f"c{n}" for n in range(5_000)) + "\n" + ",".join("1" * 5_000) + "\n")
    code, _ = run(path, "--csv-dir", tmp_path)
    header, row = (tmp_path / "wide_converted.csv").read_text().splitlines()
    assert code == 0
    assert (len(header.split(",")), len(row.split(","))) == (5_000, 5_000)


def test_a_header_over_several_lines_is_converted_to_one(tmp_path: Path) -> None:
    rows = "".join(f"{n},{n}.5,{n}.1\n" for n in range(20))
    path = tmp_path / "two.csv"
    path.write_text(f",Money,\nid,amount,tax\n{rows}")
    run(path, "--csv-dir", tmp_path)
    lines = (tmp_path / "two_converted.csv").read_text().splitlines()
    assert lines[:2] == ["id,Money amount,tax", "0,0.5,0.1"]


def test_separators_at_the_end_of_records_that_the_header_lacks_are_no_cells(
    tmp_path: Path,
) -> None:
    path = tmp_path / "trailing.csv"
    path.write_text("id,name\n1,a,\n2,b,\n4,d,\n")
    run(path, "--csv-dir", tmp_path)
    lines = (tmp_path / "trailing_converted.csv").read_text().splitlines()
    assert lines == ["id,name", "1,a", "2,b", "4,d"]
