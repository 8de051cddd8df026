"""The dialect that is found for files of many kinds."""

import itertools
import random
from pathlib import Path

import pytest

from dataviz_pipelines.core.ingestion.reading.dialect import ONE_COLUMN, Dialect
from dataviz_pipelines.core.ingestion.reading.sniffing import newline_of, sniff
from dataviz_pipelines.core.models.documents.uploads import ReaderConfig
from tests.core.ingestion.reading.reads import read_bytes

DELIMITERS = [",", ";", "\t", "|", " ", ", ", "||", "~"]
DAMAGES = ["none", "preamble", "short", "long", "second table"]


def table(rows: int) -> list[list[str]]:
    """Names, texts that hold delimiters, dates, times and numbers."""
    source = random.Random(rows)  # noqa: S311 - the same table in every run
    words = [
        "north",
        "south",
        "river",
        "blue",
        "green",
        "table",
        "chair",
        "Smith",
        "market",
        "ocean",
        "stone",
    ]
    body = [
        [
            str(number),
            f"{source.choice(words)}, {source.choice(words)}; {source.choice(words)}",
            f"2024-{source.randint(1, 12):02d}-{source.randint(1, 28):02d}",
            f"{source.randint(0, 23):02d}:{source.randint(0, 59):02d}",
            f"{source.random() * 1000:.2f}",
        ]
        for number in range(rows)
    ]
    return [["id", "name", "date", "time", "amount"], *body]


def written(rows: list[list[str]], delimiter: str, quote: str) -> list[str]:
    return [
        delimiter.join(
            f"{quote}{cell}{quote}" if set(cell) & set(",; \t|~") else cell for cell in row
        )
        for row in rows
    ]


def damaged(lines: list[str], delimiter: str, damage: str) -> list[str]:
    if damage == "preamble":
        return ["Report of sales", "printed in 2024", "", *lines]
    if damage == "short":
        return [*lines[:-1], lines[-1].rsplit(delimiter, 1)[0]]
    if damage == "long":
        return [*lines[:-1], f"{lines[-1]}{delimiter}extra"]
    if damage == "second table":
        return [*lines, "", f"x{delimiter}y", f"1{delimiter}2"]
    return lines


@pytest.mark.parametrize(
    ("delimiter", "quote", "damage"), list(itertools.product(DELIMITERS, "\"'", DAMAGES))
)
@pytest.mark.parametrize("rows", [8, 60])
def test_F23_delimiter_and_quote_are_found(
    delimiter: str, quote: str, damage: str, rows: int
) -> None:
    lines = damaged(written(table(rows), delimiter, quote), delimiter, damage)
    found = sniff("".join(f"{line}\n" for line in lines).encode(), ReaderConfig())
    assert (found.dialect.delimiter, found.dialect.quote) == (delimiter, quote)
    assert 0.5 <= found.confidence <= 1


def test_an_escape_character_is_found_only_where_it_is_needed() -> None:
    needed = b'id,name\n1,"a \\"b\\" c"\n2,"d"\n'
    assert sniff(needed, ReaderConfig()).dialect.escape == "\\"
    not_needed = b'id,path\n1,"C:\\temp"\n2,"D:\\x"\n'
    assert sniff(not_needed, ReaderConfig()).dialect == Dialect()


def test_inches_are_no_quotes() -> None:
    lines = [f'{n},pipe {n}" wide,{n}' for n in range(1, 20)]
    found = sniff("".join(f"{line}\n" for line in ["id,name,n", *lines]).encode(), ReaderConfig())
    assert found.dialect.quote is None


def test_a_single_stray_quote_does_not_switch_quoting_off() -> None:
    found = sniff(b'id,name,n\n1,a,1\n2,b"c,2\n3,d,3\n', ReaderConfig())
    assert found.dialect == Dialect()


def test_a_file_of_one_column_has_no_delimiter() -> None:
    found = sniff(b"name\nAnn\nBob\nCid, the third\nDan\n", ReaderConfig())
    assert found.dialect.delimiter == ONE_COLUMN


def test_names_that_a_template_expects_decide_between_two_delimiters() -> None:
    sample = b"id;price,x\n1;1,5\n2;2,5\n"
    assert sniff(sample, ReaderConfig(), ["price,x"]).dialect.delimiter == ";"
    assert sniff(sample, ReaderConfig(), ["id;price"]).dialect.delimiter == ","


def test_what_is_pinned_is_not_searched_for() -> None:
    found = sniff(b"a,b\n1,2\n", ReaderConfig(delimiter="|", quote="", escape=""))
    assert (found.dialect, found.confidence) == (Dialect("|", None, None), 1.0)


@pytest.mark.parametrize(
    ("sample", "newline"),
    [
        (b"a\rb\r", "\r"),
        (b"a\r\nb\r\n", "\n"),
        (b"a\nb\rc\n", "\n"),
        (b'"a\nb"\rc\rd', "\r"),
        (b"a\n", "\n"),
    ],
)
def test_carriage_returns_end_lines_only_where_nothing_else_does(
    sample: bytes, newline: str
) -> None:
    assert newline_of(sample) == newline


def test_one_stray_line_feed_does_not_change_the_line_end_of_an_old_file() -> None:
    lines = [f"{n},text {n}" for n in range(40)]
    lines[20] += "\nmore"
    assert newline_of("\r".join(lines).encode()) == "\r"


@pytest.mark.parametrize("delimiter", [", ", "; ", " | ", " , "])
def test_spaces_around_a_delimiter_are_found_whatever_is_inside_the_quotes(delimiter: str) -> None:
    cells = [["name", "amount", "note"], *([f"Ann{n}", f"1,{n}", "a;b|c"] for n in range(9))]
    lines = [delimiter.join(f'"{cell}"' for cell in row) for row in cells]
    found = sniff("".join(f"{line}\n" for line in lines).encode(), ReaderConfig())
    assert (found.dialect.delimiter, found.dialect.quote) == (delimiter, '"')


@pytest.mark.parametrize("delimiter", ["~", "^", "#"])
def test_a_delimiter_between_quoted_cells_is_not_doubled(delimiter: str) -> None:
    lines = [delimiter.join(f'"{cell}{n}"' for cell in "abc") for n in range(9)]
    found = sniff("".join(f"{line}\n" for line in lines).encode(), ReaderConfig())
    assert found.dialect.delimiter == delimiter


@pytest.mark.parametrize(
    ("header", "values"),
    [
        ("time", ["00:15", "00:30", "12:45"]),
        ("at", ["2024-03-01T00:00:00", "2024-03-02T00:30:00"]),
        ("14:57_left", ["15:00_right", "1:30_both", "15:45_none"]),
        ("comments", ["on hold", "on hold", "sent away"]),
    ],
)
def test_the_values_of_a_single_column_are_not_taken_apart(header: str, values: list[str]) -> None:
    content = "".join(f"{line}\n" for line in [header, *values, *values])
    assert sniff(content.encode(), ReaderConfig()).dialect.delimiter == ONE_COLUMN


def test_apostrophes_in_cells_between_single_quotes_leave_these_quotes() -> None:
    lines = [f"'{n}';'Men's';'it's{n}'" for n in range(12)]
    found = sniff("".join(f"{line}\n" for line in ["'a';'b';'c'", *lines]).encode(), ReaderConfig())
    assert (found.dialect.delimiter, found.dialect.quote) == (";", "'")


def test_a_preamble_longer_than_the_table_does_not_outvote_it() -> None:
    notes = [f"# Note {n}{' and on' * n}" for n in range(8)]
    table = ["id,name,n,city,kind", "1,a b,2,Oslo,x", "2,c d,3,Rom,y", "3,e,4,Bern,z"]
    content = "".join(f"{line}\n" for line in [*notes, *table])
    assert sniff(content.encode(), ReaderConfig()).dialect.delimiter == ","


def test_the_delimiter_of_hive_is_read(tmp_path: Path) -> None:
    content = "".join(f"{n}\x01name {n}\x01{n * 2}\n" for n in range(30))
    read = read_bytes(tmp_path, f"id\x01name\x01twice\n{content}".encode())
    assert (read.profile.columns, len(read.rows)) == (("id", "name", "twice"), 30)


def test_spaces_that_align_columns_of_a_fixed_width_are_no_delimiters() -> None:
    lines = ["Reader    1971-01-01 40", "Sun-Times 1948-01-01  6", "blanks" + " " * 17]
    found = sniff("".join(f"{line}\n" for line in lines).encode(), ReaderConfig())
    assert found.dialect.delimiter == ONE_COLUMN
