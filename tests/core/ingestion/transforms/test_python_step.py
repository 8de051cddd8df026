"""The step that hands a chunk to a registered function."""

import pandas as pd
import pytest

from dataviz_pipelines.core.errors import InvalidInputError
from dataviz_pipelines.core.ingestion.errors import FileRefusedError
from dataviz_pipelines.core.ingestion.transforms import TransformFunction
from tests.core.ingestion.transforms.running import run

PYTHON = {"op": "python", "function": "mine"}


def test_a_python_function_sees_text_and_may_add_columns() -> None:
    def mine(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.assign(initial=frame["a"].str[:1])

    cells, _ = run({"a": ["xy", None, ""]}, PYTHON, functions={"mine": mine})
    assert cells == {"a": ["xy", None, ""], "initial": ["x", None, ""]}


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda frame: frame.iloc[:1], "was given 2 rows and returned 1"),
        (lambda frame: frame.iloc[::-1], "another index"),
        (lambda frame: frame["a"], "returned Series, not a pandas DataFrame"),
        (lambda frame: frame.assign(n=1), "returned int values in column 'n', not text"),
        (lambda frame: frame.rename(columns={"a": 1}), "name is not a text"),
        (lambda frame: pd.concat([frame, frame], axis=1), "two columns of the same name"),
    ],
)
def test_what_a_python_function_returns_is_checked(
    function: TransformFunction, message: str
) -> None:
    with pytest.raises(InvalidInputError, match=f"'mine' .*{message}"):
        run({"a": ["x", "y"]}, PYTHON, functions={"mine": function})


def test_a_python_function_that_fails_refuses_the_file() -> None:
    def mine(frame: pd.DataFrame) -> pd.DataFrame:
        raise KeyError(f"secret value of row {len(frame)}")

    with pytest.raises(FileRefusedError, match="'mine' failed with KeyError") as raised:
        run({"a": ["x"]}, PYTHON, functions={"mine": mine})
    assert "secret" not in str(raised.value)


def test_a_python_function_that_nobody_registered_is_named() -> None:
    with pytest.raises(InvalidInputError, match="no registered transform function 'mine'"):
        run({"a": ["x"]}, PYTHON)
