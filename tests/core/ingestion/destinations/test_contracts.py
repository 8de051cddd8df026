"""What becomes of a column that the file has and the template does not."""

from pathlib import Path

import pytest

from dataviz_pipelines.core.ingestion.errors import (
    DestinationError,
    FileRefusedError,
    TemplateInvalidError,
    UnreadableFileError,
)
from dataviz_pipelines.core.ingestion.templates.draft import draft_template
from tests.core.ingestion.destinations import on
from tests.core.ingestion.loads import Bench, reject_file
from tests.core.ingestion.mariadb_loads import MariaBench
from tests.factories import csv_text, document


def test_F35_evolve_adds_new_columns_as_text(bench: Bench) -> None:
    template = document("a", contract="evolve")
    bench.load(template, csv_text("ab", "12"))
    record = bench.load(template, csv_text("acb", "345"))
    assert bench.rows(["a", "b", "c"]) == [("1", "2", None), ("3", "5", "4")]
    kind = "longtext" if isinstance(bench, MariaBench) else "text"
    assert record.details.columns == [("a", kind), ("c", kind), ("b", kind)]
    bench.load(template, csv_text("a", "6"))
    assert bench.rows(["a", "b", "c"])[-1] == ("6", None, None)


def test_F35_evolve_adds_the_templates_own_new_columns(bench: Bench) -> None:
    bench.load(document("a"), csv_text("a", "1"))
    number = {"name": "n", "type": "integer"}
    bench.load(document("a", number, contract="evolve", upload_id_column="u"), csv_text("an", "25"))
    assert bench.rows(["a", "n"]) == [("1", None), ("2", 5)]


@on.POSTGRESQL
@pytest.mark.parametrize(
    ("header", "problem"),
    [
        ("x" * 64, "too long for a column"),
        ("u", "also the template's upload_id_column"),
        ("xmin", "xmin"),
    ],
)
def test_F35_a_header_that_can_be_no_column_is_refused(
    bench: Bench, header: str, problem: str
) -> None:
    template = document("a", contract="evolve", upload_id_column="u")
    _, error = bench.refused(template, f"a,{header}\n1,2\n")
    assert isinstance(error, DestinationError)
    assert problem in str(error)
    assert not bench.exists()


def test_F35_freeze_refuses_the_file_and_names_the_column(bench: Bench) -> None:
    _, error = bench.refused(document("a"), csv_text("ab", "12"))
    assert isinstance(error, FileRefusedError)
    assert "File file.csv has columns that the template does not know: b." in str(error)
    assert not bench.exists()


def test_F35_discard_row_rejects_rows_with_a_value_there(bench: Bench) -> None:
    record = bench.load(document("a", contract="discard_row"), "a,b\n1,\n2,x\n3,\n")
    assert bench.rows() == [("1",), ("3",)]
    assert bench.reasons(record) == [(3, "b", "unknown_column")]


def test_F35_discard_value_ignores_the_column_with_a_warning(bench: Bench) -> None:
    record = bench.load(document("a", contract="discard_value"), csv_text("ab", "12"))
    assert bench.rows() == [("1",)]
    assert any("b" in warning for warning in record.details.warnings), record.details.warnings


@pytest.mark.parametrize("header", ["*", "^a$", "^.*$"])
def test_F35_a_header_that_looks_like_a_pattern_is_ignored_or_refused_by_name(
    bench: Bench, header: str
) -> None:
    content = f"a,{header}\n1,2\n,4\n"
    column = {"name": "a", "nullable": False}
    trim = [{"op": "trim"}]
    for contract in ("evolve", "discard_row"):
        _, error = bench.refused(document(column, contract=contract, steps=trim), content)
        assert f"File file.csv has the header {header}, which cannot be" in str(error)
    if header == "^a$":  # it also means the column a, but for its punctuation
        bench.load(document(column, contract="discard_value"), "a\n1\n")
        return
    record = bench.load(document(column, contract="discard_value", steps=trim), content)
    assert (bench.rows(), record.records_failed) == ([("1",)], 1)
    assert reject_file(record)[0][5:7] == ["", "4"]


@pytest.mark.parametrize("name", ["*", "^a$"])
def test_a_template_cannot_name_a_column_like_a_pattern(name: str, tmp_path: Path) -> None:
    (tmp_path / "sample.csv").write_text(f"a,{name}\n1,2\n")
    with pytest.raises(UnreadableFileError, match=r"sample\.csv has the header"):
        draft_template(tmp_path / "sample.csv")
    with pytest.raises(TemplateInvalidError, match=r"validation_rules\.columns\[0\]\.name"):
        document(name)
