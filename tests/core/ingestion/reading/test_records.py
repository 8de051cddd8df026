"""Which lines are records, and what becomes of those that are not."""

import time
from pathlib import Path

import pytest

from dataviz_pipelines.core.ingestion.reading import Limits
from tests.core.ingestion.reading.reads import read_bytes

HEADER = b"id,name,amount\n"
GOOD = b"1,Ann,10\n2,Bob,20\n3,Cid,30\n"


def test_a_plain_file_is_read_with_its_line_numbers(tmp_path: Path) -> None:
    read = read_bytes(tmp_path, HEADER + GOOD)
    assert read.profile.columns == ("id", "name", "amount")
    assert read.rows == [("1", "Ann", "10"), ("2", "Bob", "20"), ("3", "Cid", "30")]
    assert read.lines == [2, 3, 4]
    assert read.bytes_read == len(HEADER + GOOD)
    assert not read.native


@pytest.mark.parametrize(
    ("line", "rule", "cells"),
    [
        (b"4,Dan", "too_few_fields", ("4", "Dan")),
        (b"4,Dan,40,x", "too_many_fields", ("4", "Dan", "40", "x")),
        (b'4,D"an,40', "stray_quote", ("4", 'D"an', "40")),
        (b'4,"D"an,40', "stray_quote", ("4", '"D"an', "40")),
        (b'4,"Dan,40', "unterminated_quote", ("4", '"Dan', "40")),
        (b"4,D\0an,40", "nul_byte", ("4", "D\N{SYMBOL FOR NULL}an", "40")),
        (b"4,D\xffn,40", "invalid_encoding", ("4", "D\N{REPLACEMENT CHARACTER}n", "40")),
        (b"4;Dan;40", "too_few_fields", ("4", "Dan", "40")),
        (b'"4" "D, an" "40"', "stray_quote", ("4", "D, an", "40")),
        (b"4,D\ran,40", "stray_carriage_return", ("4", "D\ran", "40")),
    ],
)
def test_a_damaged_line_is_rejected_alone(
    tmp_path: Path, line: bytes, rule: str, cells: tuple[str, ...]
) -> None:
    more_text = "5,Éva,50\n6,Zoë,60\n7,Åsa,70\n8,Ëla,80\n9,Uwe,90\n".encode()
    read = read_bytes(tmp_path, HEADER + GOOD + line + b"\n" + more_text)
    assert [row[0] for row in read.rows] == ["1", "2", "3", "5", "6", "7", "8", "9"]
    assert read.rules == [(5, rule)]
    assert read.rejected[0].cells == cells


def test_a_record_over_several_lines_has_the_line_it_begins_on(tmp_path: Path) -> None:
    read = read_bytes(tmp_path, HEADER + b'1,"A\nn""n",10\n2,Bob,20\n')
    assert read.rows == [("1", 'A\nn"n', "10"), ("2", "Bob", "20")]
    assert read.lines == [2, 4]


def test_line_ends_may_be_mixed_and_blank_lines_are_no_records(tmp_path: Path) -> None:
    read = read_bytes(tmp_path, b"id,name\r\n1,Ann\n\r\n2,Bob\r\n\n")
    assert read.rows == [("1", "Ann"), ("2", "Bob")]
    assert read.lines == [2, 4]
    assert read.rejected == []


def test_records_that_span_two_blocks_are_read_whole(tmp_path: Path) -> None:
    rows = [f'{n},"line one\nline {n}",{n * 10}\n' for n in range(200)]
    limits = Limits(block_bytes=64)
    read = read_bytes(tmp_path, HEADER + "".join(rows).encode(), limits=limits)
    assert read.rows == [(str(n), f"line one\nline {n}", str(n * 10)) for n in range(200)]
    assert read.lines == [2 + 2 * n for n in range(200)]


def test_a_long_line_of_quotes_that_wrap_nothing_is_rejected_in_time(tmp_path: Path) -> None:
    started = time.perf_counter()
    read = read_bytes(tmp_path, HEADER + GOOD + b',"a b' * 40_000 + b"\n" + GOOD)
    assert [line for line, _ in read.rules] == [5]
    assert len(read.rejected[0].cells) == 40_001
    assert time.perf_counter() - started < 20
