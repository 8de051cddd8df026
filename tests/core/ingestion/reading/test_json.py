"""JSON in all its forms: digits kept, memory bounded, faults named."""

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataviz_pipelines.core.ingestion.errors import UnreadableFileError
from dataviz_pipelines.core.ingestion.reading import Limits, json_text
from tests.core.ingestion.reading.reads import Read, read_bytes


def read_json(folder: Path, content: str, *, name: str = "file.json", **options: Any) -> Read:
    return read_bytes(folder, content.encode(), name=name, **options)


def test_F22_an_array_of_objects(tmp_path: Path) -> None:
    read = read_json(tmp_path, '[{"id": 1, "name": "Ann"},\n {"name": "Bob", "x": true}]')
    assert read.profile.columns == ("id", "name", "x")
    assert read.rows == [("1", "Ann", None), (None, "Bob", "true")]
    assert read.lines == [1, 2]
    assert read.native


def test_no_digit_is_ever_changed(tmp_path: Path) -> None:
    read = read_json(tmp_path, '[{"a": 1.10, "b": 12345678901234567890, "c": -1E+2, "d": "007"}]')
    assert read.rows == [("1.10", "12345678901234567890", "-1E+2", "007")]


def test_nested_values_are_kept_as_json(tmp_path: Path) -> None:
    read = read_json(tmp_path, '[{"a": {"b": [1.50, null, true, "é\\n\\"", {}]}, "c": []}]')
    assert read.rows == [('{"b":[1.50,null,true,"é\\n\\"",{}]}', "[]")]


@pytest.mark.parametrize("path", [None, ["data", "items"]])
def test_the_array_may_lie_inside_a_document(tmp_path: Path, path: list[str] | None) -> None:
    content = (
        '{"meta": {"tags": ["x"]}, "data": {"n": 2, "items": [{"a": 1},\n{"a": 2}]}, "end": {}}'
    )
    read = read_json(tmp_path, content, records_path=path)
    assert read.rows == [("1",), ("2",)]
    assert read.profile.detected["records_path"].value == "data.items"


def test_two_arrays_of_objects_need_a_path(tmp_path: Path) -> None:
    content = '{"a": [{"x": 1}], "b": [{"y": 2}]}'
    with pytest.raises(
        UnreadableFileError, match=r"several arrays of objects: a, b\. .*records_path"
    ):
        read_json(tmp_path, content)
    assert read_json(tmp_path, content, records_path=["b"]).rows == [("2",)]


@pytest.mark.parametrize("content", ['{"a": {"b": 1}}', "[]", '{"a": [1, 2]}', "[1, 2]"])
def test_a_document_without_records_is_refused(tmp_path: Path, content: str) -> None:
    with pytest.raises(UnreadableFileError, match=r"no array of objects|no records with keys"):
        read_json(tmp_path, content)


@pytest.mark.parametrize("name", ["file.json", "file.ndjson", "file.jsonl"])
def test_F22_one_object_a_line(tmp_path: Path, name: str) -> None:
    read = read_json(tmp_path, '{"a": 1}\n\n{"a": 2}\r\n{"a": 3}', name=name)
    assert read.rows == [("1",), ("2",), ("3",)]
    assert read.lines == [1, 3, 4]
    assert read.profile.detected["form"].value == "lines"


def test_a_malformed_line_is_rejected_alone(tmp_path: Path) -> None:
    content = '{"a": 1}\n{"a": 2,}\n[3]\n{"a": 4}\n' + "[" * 100_000 + "\n"
    read = read_json(tmp_path, content, name="file.ndjson")
    assert read.rows == [("1",), ("4",)]
    assert read.rules == [(2, "malformed_json"), (3, "not_an_object"), (5, "malformed_json")]
    assert read.rejected[0].cells == ('{"a": 2,}',)


def test_a_line_with_invalid_bytes_or_without_end_is_rejected_alone(tmp_path: Path) -> None:
    long_line = b'{"a": "' + b"x" * 5_000 + b'"}\n'
    content = b'{"a": "\xc3\xa9"}\n{"a": "\xff"}\n' + long_line + b'{"a": "\xc3\xa8"}\n' * 8
    read = read_bytes(tmp_path, content, name="file.ndjson", limits=Limits(max_record_bytes=1_000))
    assert len(read.rows) == 9
    assert read.rules == [(2, "invalid_encoding"), (3, "line_too_long")]


def test_objects_over_several_lines_may_follow_each_other(tmp_path: Path) -> None:
    read = read_json(tmp_path, '{\n"a": 1\n}\n{\n"a": 2\n}\n')
    assert (read.rows, read.lines) == ([("1",), ("2",)], [1, 4])


@pytest.mark.parametrize(
    ("record", "rule"),
    [
        ('{"a": NaN}', "not_a_number"),
        ('{"a": [-Infinity]}', "not_a_number"),
        ('{"a": 1, "a": 2}', "duplicate_key"),
        ('{"a": {"b": 1, "b": 2}}', "duplicate_key"),
        ('{"a": "\\u0000"}', "nul_byte"),
        ('{"a": "\\ud800"}', "invalid_encoding"),
        ("5", "not_an_object"),
        ('"\\u0000 \\ud800"', "not_an_object"),
        ('{"a": ' + "[" * 900 + "]" * 900 + "}", "too_deep"),
    ],
)
def test_a_record_that_is_no_row_is_rejected_alone(tmp_path: Path, record: str, rule: str) -> None:
    read = read_json(tmp_path, f'[{{"a": 1}},\n{record},\n{{"a": 3}}]')
    assert read.rows == [("1",), ("3",)]
    assert read.rules == [(2, rule)]


def test_a_key_that_appears_late_rejects_its_record(tmp_path: Path) -> None:
    records = [{"a": n} for n in range(1_500)]
    records[1_200]["late"] = 7
    read = read_json(tmp_path, "\n".join(map(json.dumps, records)))
    assert len(read.rows) == 1_499
    assert read.rules == [(1_201, "unexpected_key")]
    assert (read.rejected[0].column, read.rejected[0].value) == ("late", "7")


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ('[{"a": 1},\n {"a": 2}\n {"a": 3}]', "line 3, column 2"),
        ('[{"a": 1},\n {"a": }]', "line 2, column 8"),
        ('[{"a": 1},\n {"a": 2}', "line 2, column 10"),
        ('[{"a": 1}] x', "line 1, column 12"),
        ('{"a": [{"b": 1}], 5}', "line 1, column 19"),
        ("hello", "line 1, column 1"),
    ],
)
def test_a_malformed_document_is_refused_with_the_place(
    tmp_path: Path, content: str, place: str
) -> None:
    with pytest.raises(UnreadableFileError, match=rf"file\.json is not valid JSON: .*{place}"):
        read_json(tmp_path, content)


def test_values_nested_too_deeply_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="nested too deeply"):
        read_json(tmp_path, '[{"a": ' + "[" * 100_000 + "]" * 100_000 + "}]")


def test_a_value_longer_than_the_limit_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_text, "READ_BYTES", 100)
    content = '[{"a": "' + "x" * 10_000 + '"}]'
    with pytest.raises(UnreadableFileError, match="longer than 1,000 characters"):
        read_json(tmp_path, content, limits=Limits(max_record_bytes=1_000))


@given(
    st.lists(
        st.dictionaries(
            st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=3).map(
                lambda key: f"k{key}".strip()
            ),
            st.none() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
            min_size=1,
        ),
        min_size=1,
        max_size=8,
    ),
    st.sampled_from([None, 1]),
    st.integers(1, 60),
)
def test_whatever_is_written_is_read_in_windows_of_any_size(
    records: list[dict[str, Any]], indent: int | None, window: int
) -> None:
    content = json.dumps(records, ensure_ascii=False, indent=indent).replace("\\u0000", "0")
    plain = json.loads(content)
    keys = list(dict.fromkeys(key for record in plain for key in record))
    expected = [
        tuple(None if record.get(key) is None else str(record[key]) for key in keys)
        for record in plain
    ]
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_text, "READ_BYTES", window)
        read = read_json(Path(folder), content, limits=Limits(block_bytes=window))
    assert read.rows == expected


def test_what_is_shown_of_a_refused_record_can_be_stored(tmp_path: Path) -> None:
    known = '{"a": 1}\n' * 1_000
    odd = (
        '{"a": 1, "\\u0000\\ud800": "\\u0000\\ud800"}',
        '"\\u0000\\ud800"',
        '{"a": "\\u0000\\ud800"}',
    )
    read = read_json(tmp_path, known + "\n".join(odd), name="file.ndjson")
    shown = [
        (each.message, each.column or "", each.value or "", *each.cells) for each in read.rejected
    ]
    assert len(shown) == len(odd)
    assert "\0" not in "".join(map("".join, shown)).encode().decode()


def test_where_the_array_lies_can_be_stored(tmp_path: Path) -> None:
    read = read_json(tmp_path, '{"\\u0000": {"\\ud800": [{"a": 1}]}}')
    assert read.profile.detected["records_path"].value == "\ufffd.\ufffd"
