"""What a sheet cannot hold is told, and never left out."""

import pytest

from dataviz_pipelines.core import workbooks
from dataviz_pipelines.core.workbooks import SheetLimitError, write_sheet


def test_more_rows_than_a_sheet_holds_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "MAX_SHEET_ROWS", 3)
    assert write_sheet([["a"]] * 3).startswith(b"PK")
    with pytest.raises(SheetLimitError, match="A sheet holds 3 rows, not 4"):
        write_sheet([["a"]] * 4)


def test_more_columns_than_a_sheet_holds_are_refused() -> None:
    with pytest.raises(SheetLimitError, match="16,384 columns, not 16,385"):
        write_sheet([[None] * 16_385])


def test_a_text_that_no_cell_holds_is_refused_with_its_place() -> None:
    with pytest.raises(SheetLimitError, match="row 2, column 3 has 32,768"):
        write_sheet([["a", "b", "c"], [1, None, "x" * 32_768]])
