"""Where the table begins and ends, and what its columns are called."""

from pathlib import Path

import pytest

from dataviz_pipelines.core.ingestion.errors import UnreadableFileError
from tests.core.ingestion.reading.reads import read_bytes

ROWS = "".join(f"{n},N{n * 37 % 11},City {n % 5},{n * 1.5}\n" for n in range(40))
HEADER = "id,name,city,amount\n"


def test_a_file_without_a_header_gets_numbered_names(tmp_path: Path) -> None:
    read = read_bytes(tmp_path, ROWS.encode())
    assert read.profile.columns == ("column_1", "column_2", "column_3", "column_4")
    assert read.profile.detected["header_row"].value == 0
    assert "no header" in read.profile.warnings[0]
    assert (len(read.rows), read.lines[0]) == (40, 1)


def test_a_file_with_nothing_but_a_header_is_empty(tmp_path: Path) -> None:
    read = read_bytes(tmp_path, HEADER.encode())
    assert read.profile.columns == ("id", "name", "city", "amount")
    assert read.rows == []


def test_one_row_of_data_below_a_header(tmp_path: Path) -> None:
    read = read_bytes(tmp_path, b"id,name\n1,Ann\n")
    assert (read.profile.columns, read.rows) == (("id", "name"), [("1", "Ann")])


def test_F23_lines_above_the_header_are_the_preamble(tmp_path: Path) -> None:
    content = f"Sales report\n\nprinted on Monday, by Ann\n{HEADER}{ROWS}"
    read = read_bytes(tmp_path, content.encode())
    assert read.profile.preamble == ("Sales report", "printed on Monday  by Ann")
    assert read.profile.detected["header_row"].value == 4
    assert (len(read.rows), read.lines[0]) == (40, 5)


def test_notes_behind_a_blank_line_are_the_footer(tmp_path: Path) -> None:
    read = read_bytes(tmp_path, f"{HEADER}{ROWS}\nSource: the office\nall in EUR\n".encode())
    assert read.profile.footer == ("Source: the office", "all in EUR")
    assert len(read.rows) == 40
    assert read.rejected == []


def test_a_last_line_that_may_be_data_is_never_dropped(tmp_path: Path) -> None:
    read = read_bytes(tmp_path, f"{HEADER}{ROWS}Total\n".encode())
    assert read.profile.footer == ()
    assert read.rules == [(42, "too_few_fields")]


@pytest.mark.parametrize("rows", [3, 40])
def test_pinned_footer_lines_are_left_out(tmp_path: Path, rows: int) -> None:
    data = "".join(ROWS.splitlines(keepends=True)[:rows])
    content = f"{HEADER}{data}Total,,,99\n\nend,,,\n\n"
    read = read_bytes(tmp_path, content.encode(), footer_rows=2)
    assert len(read.rows) == rows
    assert read.rejected == []


def test_a_header_over_two_lines_is_joined(tmp_path: Path) -> None:
    rows = "".join(f"{n},a{n},b{n},{n}.5,{n}.1\n" for n in range(20))
    content = f",Person,,Money,\nid,first,last,amount,tax\n{rows}"
    read = read_bytes(tmp_path, content.encode())
    assert read.profile.columns == ("id", "Person first", "last", "Money amount", "tax")
    assert read.profile.detected["header_rows"].value == 2
    assert len(read.rows) == 20


def test_years_may_be_column_names(tmp_path: Path) -> None:
    rows = "".join(f"C{n}x,{n * 7},{n * 9},{n}\n" for n in range(20))
    read = read_bytes(tmp_path, f"country,2019,2020,2021\n{rows}".encode())
    assert read.profile.columns == ("country", "2019", "2020", "2021")


def test_duplicate_and_empty_names_are_made_unique_with_a_warning(tmp_path: Path) -> None:
    read = read_bytes(tmp_path, b" id ,name,name,,name_2\n1,a,b,c,d\n2,a,b,c,d\n")
    assert read.profile.columns == ("id", "name", "name_3", "column_4", "name_2")
    assert read.profile.warnings == (
        "Columns 2 and 3 are both named 'name'; the latter is called 'name_3'.",
        "Column 4 has no name in the header; it is called 'column_4'.",
    )


def test_a_separator_at_the_end_of_every_record_shifts_nothing(tmp_path: Path) -> None:
    read = read_bytes(tmp_path, (HEADER + ROWS.replace("\n", ",\n")).encode())
    assert read.profile.columns == ("id", "name", "city", "amount", "column_5")
    assert read.rows[0] == ("0", "N0", "City 0", "0.0", "")


def test_a_header_with_a_separator_too_many_loads_nothing_in_the_wrong_column(
    tmp_path: Path,
) -> None:
    read = read_bytes(tmp_path, ("id,,name,city,amount\n" + ROWS).encode())
    assert read.rows == []
    assert {rule for _, rule in read.rules} == {"too_few_fields"}


def test_names_that_a_template_expects_decide_on_the_header(tmp_path: Path) -> None:
    content = b"a,b,c\nkey,label,colour\nx,y,z\nu,v,w\n"
    read = read_bytes(tmp_path, content, expected=["Key", "label", "colour"])
    assert read.profile.columns == ("key", "label", "colour")
    assert read.rows == [("x", "y", "z"), ("u", "v", "w")]


def test_a_pinned_header_line_is_taken_as_it_is(tmp_path: Path) -> None:
    read = read_bytes(tmp_path, b"x,y\n1,2\n3,4\n", header_row=2)
    assert read.profile.columns == ("1", "2")
    assert read.profile.detected["header_row"].pinned
    assert read.rows == [("3", "4")]


def test_pinned_names_serve_a_file_without_a_header(tmp_path: Path) -> None:
    read = read_bytes(tmp_path, b"a,b\nc,d\n", header_row=0, column_names=["first", "second"])
    assert read.profile.columns == ("first", "second")
    assert read.rows == [("a", "b"), ("c", "d")]


def test_pinned_names_must_fit_the_file(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match=r"file\.csv has 2 columns; .* lists 1"):
        read_bytes(tmp_path, b"a,b\nc,d\n", header_row=0, column_names=["only"])


def test_a_pinned_header_line_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="line 9"):
        read_bytes(tmp_path, b"a,b\nc,d\n", header_row=9)


def test_comment_lines_are_skipped(tmp_path: Path) -> None:
    read = read_bytes(tmp_path, b"id,name\n# 1,x\n1,Ann\n#\n2,Bob\n", comment="#")
    assert read.rows == [("1", "Ann"), ("2", "Bob")]
    assert read.lines == [3, 5]


def test_ten_thousand_columns_are_refused(tmp_path: Path) -> None:
    content = ",".join(f"c{n}" for n in range(10_000)) + "\n" + ",".join("1" * 10_000) + "\n"
    with pytest.raises(UnreadableFileError, match=r"10,000 columns; a table can have 1,600"):
        read_bytes(tmp_path, content.encode())


def test_a_header_alone_may_end_in_crlf(tmp_path: Path) -> None:
    read = read_bytes(tmp_path, b"id,name,city,amount\r\n")
    assert (read.profile.columns, read.rows, read.rejected) == (
        ("id", "name", "city", "amount"),
        [],
        [],
    )


def test_a_title_padded_to_the_tables_width_is_no_header(tmp_path: Path) -> None:
    read = read_bytes(tmp_path, f"Sales of 2018,,,\n{HEADER}{ROWS}".encode())
    assert read.profile.columns == ("id", "name", "city", "amount")
    assert read.profile.preamble == ("Sales of 2018",)
    assert len(read.rows) == 40


@pytest.mark.parametrize(
    "preamble",
    [
        "Sales,,,\nby Ann,,,\nin 2018,,,\n",
        "Sales,,,\nby Ann,,,\n,,,\n\n",
        "Company,ACME,,\nYear,2018,,\n,,,\n",
    ],
)
def test_several_titles_padded_to_the_tables_width_are_no_header(
    tmp_path: Path, preamble: str
) -> None:
    read = read_bytes(tmp_path, f"{preamble}{HEADER}{ROWS}".encode())
    assert read.profile.columns == ("id", "name", "city", "amount")
    assert read.profile.preamble[0] in {"Sales", "Company ACME"}
    assert len(read.rows) == 40


def test_a_preamble_longer_than_the_table_is_not_the_table(tmp_path: Path) -> None:
    notes = "".join(f"Note {n}\n" for n in range(9))
    read = read_bytes(tmp_path, f"{notes}{HEADER}{ROWS[:60]}\n".encode())
    assert read.profile.columns == ("id", "name", "city", "amount")
    assert len(read.profile.preamble) == 9


def test_notes_padded_to_the_tables_width_behind_a_blank_line_are_the_footer(
    tmp_path: Path,
) -> None:
    read = read_bytes(tmp_path, f"{HEADER}{ROWS},,,\nSource: office,,,\nin EUR,,,\n".encode())
    assert read.profile.footer == ("Source: office", "in EUR")
    assert (len(read.rows), read.rejected) == (40, [])
    assert read.profile.warnings == (
        "Taken for notes below the table, and not loaded: 'Source: office', 'in EUR'.",
    )


@pytest.mark.parametrize(
    "content",
    [
        f"{HEADER}{ROWS},,,\n7,,,\n",
        f"{HEADER}{ROWS},,,\nX-7 08,,,\n8,,,\n",
        "id,city\n1,Rome\n2,Oslo\n3,Bern\n4,Wien\n,\nNew York,\n",
    ],
)
def test_a_last_record_with_its_first_cell_alone_is_no_footer(tmp_path: Path, content: str) -> None:
    read = read_bytes(tmp_path, content.encode())
    assert read.profile.footer == ()
    assert len(read.rows) + 1 == len(content.splitlines())


def test_padded_rows_like_others_in_the_table_are_no_footer(tmp_path: Path) -> None:
    read = read_bytes(tmp_path, f"{HEADER}{ROWS}7,,,\n\n8,,,\n".encode())
    assert read.profile.footer == ()
    assert read.rows[-1] == ("8", "", "", "")


def test_a_line_drawn_below_the_header_is_no_part_of_the_names(tmp_path: Path) -> None:
    read = read_bytes(tmp_path, f"{HEADER}--,----,----,------\n{ROWS}".encode())
    assert read.profile.columns == ("id", "name", "city", "amount")
    assert len(read.rows) == 40


TEXTS = "Ann,cook,Oslo\nRobert,nurse,Wien\nCarla,baker,Rom\n"


@pytest.mark.parametrize("header", ["name,job,name", "name,,city"])
def test_names_missing_or_repeated_are_still_a_header(tmp_path: Path, header: str) -> None:
    read = read_bytes(tmp_path, f"{header}\n{TEXTS}".encode())
    assert read.profile.detected["header_row"].value == 1
    assert len(read.rows) == 3


def test_a_header_that_comes_again_on_every_page_is_still_a_header(tmp_path: Path) -> None:
    page = f"name,job,city\n{TEXTS}"
    read = read_bytes(tmp_path, (page * 3).encode())
    assert read.profile.columns == ("name", "job", "city")


def test_a_header_wider_than_most_records_is_still_the_header(tmp_path: Path) -> None:
    rows = "".join(f"{n},N{n},{n * 1.5}{',late' if n % 9 == 0 else ''}\n" for n in range(40))
    read = read_bytes(tmp_path, f"id,name,amount,note\n{rows}".encode())
    assert read.profile.columns == ("id", "name", "amount", "note")
    assert (read.lines[0], read.rules[0]) == (2, (3, "too_few_fields"))


@pytest.mark.parametrize("header", ["id;name;city;amount", '"id","na"me","city","amount"'])
def test_a_header_written_in_another_way_than_the_records_is_found(
    tmp_path: Path, header: str
) -> None:
    read = read_bytes(tmp_path, f"{header}\n{ROWS}".encode())
    assert len(read.profile.columns) == 4
    assert read.profile.columns[::3] == ("id", "amount")
    assert len(read.rows) == 40


def test_a_record_in_other_quotes_is_no_second_header_line(tmp_path: Path) -> None:
    quoted = (HEADER + ROWS).replace(",", '","').replace("\n", '"\n"')[:-1].splitlines()
    content = "\n".join([f'"{quoted[0]}', quoted[1].replace('"', "'"), *quoted[2:]])
    read = read_bytes(tmp_path, content.encode())
    assert read.profile.columns == ("id", "name", "city", "amount")
