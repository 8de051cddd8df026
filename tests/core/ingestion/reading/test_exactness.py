"""Whatever goes in comes out the same, or is rejected: properties of the delimited reader."""

import csv
import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataviz_pipelines.core.ingestion.reading import Limits
from dataviz_pipelines.core.ingestion.reading.dialect import Dialect, Grammar
from dataviz_pipelines.core.ingestion.reading.frames import frame_of_records
from dataviz_pipelines.core.ingestion.reading.records import Shape, read_block
from tests.core.ingestion.reading.reads import Read, read_bytes

CELL = st.text(
    st.one_of(
        st.sampled_from(list("ab1 ,;|\t'\"\\\n\r\ufeffé€")),
        st.characters(exclude_categories=["Cs", "Cc"]),
    ),
    max_size=8,
)
BLOCK = st.sampled_from([64, 1_000, 8_000_000])


@st.composite
def tables(draw: st.DrawFn) -> list[list[str]]:
    width = draw(st.integers(1, 5))
    return draw(st.lists(st.lists(CELL, min_size=width, max_size=width), min_size=1, max_size=12))


def written(table: list[list[str]], **dialect: object) -> bytes:
    out = io.StringIO(newline="")
    width = len(table[0])
    csv.writer(out, **dialect).writerows([[f"c{n}" for n in range(width)], *table])  # type: ignore[arg-type]
    return out.getvalue().encode()


def read(content: bytes, *, block: int, **config: object) -> Read:
    with tempfile.TemporaryDirectory() as folder:
        limits = Limits(block_bytes=block)
        return read_bytes(
            Path(folder), content, limits=limits, header_row=1, footer_rows=0, **config
        )


@given(tables(), st.sampled_from(",;\t| :~\u00a7"), st.sampled_from("\"'"), BLOCK)
def test_what_the_csv_module_writes_is_read_back_exactly(
    table: list[list[str]], delimiter: str, quote: str, block: int
) -> None:
    content = written(table, delimiter=delimiter, quotechar=quote, lineterminator="\r\n")
    found = read(
        content, block=block, delimiter=delimiter, quote=quote, escape="", encoding="utf-8"
    )
    assert found.rejected == []
    assert found.rows == [tuple(row) for row in table]


@given(tables(), st.sampled_from(["\n", "\r\n"]), st.booleans(), BLOCK)
def test_escaped_quotes_are_read_back_exactly(
    table: list[list[str]], newline: str, double: bool, block: int
) -> None:
    content = written(
        table,
        quoting=csv.QUOTE_ALL,
        escapechar="\\",
        doublequote=double,
        lineterminator=newline,
    )
    found = read(content, block=block, delimiter=",", quote='"', escape="\\", encoding="utf-8")
    assert found.rejected == []
    assert found.rows == [tuple(row) for row in table]


@given(tables(), BLOCK)
def test_carriage_returns_alone_may_end_the_records(table: list[list[str]], block: int) -> None:
    content = written(table, quoting=csv.QUOTE_ALL, lineterminator="\r")
    found = read(content, block=block, delimiter=",", quote='"', escape="", encoding="utf-8")
    assert found.rejected == []
    assert found.rows == [tuple(row) for row in table]


@given(tables(), st.sampled_from(["utf-16", "utf-16-be", "utf-32", "utf-8-sig", "gb18030"]), BLOCK)
def test_any_encoding_gives_the_same_text(
    table: list[list[str]], encoding: str, block: int
) -> None:
    content = written(table).decode().encode(encoding)
    found = read(content, block=block, delimiter=",", quote='"', escape="", encoding=encoding)
    assert found.rejected == []
    assert found.rows == [tuple(row) for row in table]


@given(tables(), st.sampled_from(["||", ", ", "::", "<->"]))
def test_a_delimiter_of_several_characters_is_read_exactly(
    table: list[list[str]], delimiter: str
) -> None:
    quoted = [['"' + cell.replace('"', '""') + '"' for cell in row] for row in table]
    header = delimiter.join(f"c{n}" for n in range(len(table[0])))
    lines = [header, *(delimiter.join(row) for row in quoted)]
    content = "".join(f"{line}\n" for line in lines).encode()
    found = read(content, block=100, delimiter=delimiter, quote='"', escape="", encoding="utf-8")
    assert found.rejected == []
    assert found.rows == [tuple(row) for row in table]


NOISE = st.lists(
    st.sampled_from([b"a", b"1", b",", b'"', b"\n", b"\r", b"\r\n", b"\0", b"\xff", "é".encode()]),
    max_size=60,
)


@settings(max_examples=300)
@given(NOISE, st.integers(1, 4), st.booleans())
def test_the_fast_path_and_the_exact_path_agree_on_any_bytes(
    noise: list[bytes], width: int, final: bool
) -> None:
    block = b"".join(noise) + b"\n"
    shape = Shape(Grammar(Dialect()), width, Limits(max_lookahead_bytes=20))
    names = [f"c{n}" for n in range(width)]
    fast = read_block(block, shape, first_line=1, final=final)
    exact = read_block(block, shape, first_line=1, final=final, exact=True)
    lines = fast.record_lines().tolist()
    assert lines == exact.record_lines().tolist()
    assert fast.rejected == exact.rejected
    assert fast.consumed == exact.consumed
    expected = [tuple(cell.decode() for cell in exact.cells[line]) for line in lines]
    assert frame_of_records(fast, shape.grammar, names).rows() == expected


DAMAGE = st.sampled_from([",", "\r", "\0", "x", " ", ""])


@given(
    st.lists(st.tuples(st.integers(0, 30), DAMAGE), min_size=3, max_size=30),
    st.integers(0, 29),
    BLOCK,
)
def test_accepted_and_rejected_records_add_up_to_those_written(
    damages: list[tuple[int, str]], stray: int, block: int
) -> None:
    lines = []
    for number, (at, damage) in enumerate(damages):
        line = f"{number},name {number},{number * 10}"
        damage += '"' if number == stray else ""
        lines.append(line[:at] + damage + line[at:])
    content = "id,name,amount\n" + "".join(f"{line}\n" for line in lines)
    found = read(content.encode(), block=block, delimiter=",", quote='"', encoding="utf-8")
    assert len(found.rows) + len(found.rejected) == len(lines)
    assert sorted(found.lines + [record.line for record in found.rejected]) == list(
        range(2, len(lines) + 2)
    )
    for line, row in zip(found.lines, found.rows, strict=True):
        assert lines[line - 2].rstrip("\r").split(",") == list(row)


@pytest.mark.parametrize(
    "cell", ["007", "1.10", "NA", "01/02/03", " x ", "1e5", "123456789012345678901234567890"]
)
def test_no_text_is_taken_for_anything_else(tmp_path: Path, cell: str) -> None:
    found = read_bytes(tmp_path, f"id,value\n1,{cell}\n2,{cell}\n".encode())
    assert found.rows == [("1", cell), ("2", cell)]
