"""docs/templates.md is true: every example runs, and every field, step, function and directive is mentioned."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from pydantic import BaseModel, TypeAdapter

from dataviz_pipelines.core.ingestion.expressions import FUNCTIONS, compile_expression
from dataviz_pipelines.core.ingestion.templates import check_template
from dataviz_pipelines.core.ingestion.time_formats import DIRECTIVES
from dataviz_pipelines.core.ingestion.transforms import TransformFunction, apply_steps
from dataviz_pipelines.core.models.documents import steps
from dataviz_pipelines.core.models.documents.steps import Step, TransformationRules
from dataviz_pipelines.core.models.documents.uploads import (
    ColumnRule,
    ColumnType,
    Contract,
    DestinationConfig,
    FileFormat,
    FileRule,
    Lookup,
    ReaderConfig,
    RowRule,
    TemplateDocument,
    UploadMode,
    ValidationRules,
)

PAGE = (Path(__file__).parents[4] / "docs" / "templates.md").read_text(encoding="utf-8")
WRITTEN = set(re.findall(r"`([^`\n]+)`", PAGE))
FUNCTION_ROW = re.compile(r"^\| `(\w+)` \| `([^`]+)` \| `([^`]+)` \|$", re.MULTILINE)
FUNCTIONS_TABLE = PAGE.split("<!-- expressions -->")[1]
STEPS: list[type[BaseModel]] = [
    model
    for model in vars(steps).values()
    if isinstance(model, type) and issubclass(model, BaseModel) and "op" in model.model_fields
]
MODELS: list[type[BaseModel]] = [
    TemplateDocument, ReaderConfig, TransformationRules, ValidationRules, ColumnRule, RowRule, FileRule,
    Lookup, DestinationConfig, *STEPS,
]  # fmt: skip


def examples(kind: str, language: str = "json") -> list[str]:
    return re.findall(rf"<!-- {kind} -->\n```{language}\n(.*?)```", PAGE, re.DOTALL)


def fields() -> Iterator[str]:
    for model in MODELS:
        for name, field in model.model_fields.items():
            yield field.alias or name


@pytest.mark.parametrize("name", sorted(set(fields()) - {"op"}))
def test_every_field_of_the_template_language_is_documented(name: str) -> None:
    assert name in WRITTEN


@pytest.mark.parametrize("kinds", [ColumnType, Contract, FileFormat, UploadMode])
def test_every_kind_is_documented(kinds: Any) -> None:
    assert {str(kind) for kind in kinds} <= WRITTEN


def test_every_step_is_documented() -> None:
    assert {model.model_fields["op"].annotation.__args__[0] for model in STEPS} <= WRITTEN  # type: ignore[union-attr]  # Literal


def test_every_directive_of_formats_is_documented() -> None:
    (line,) = (line for line in PAGE.splitlines() if line.startswith("Formats know"))
    known = {f"%{name}" for name in DIRECTIVES if name not in ("%", ".f")}
    assert set(re.findall(r"%\w", line)) == known


def test_the_whole_template_passes_the_check() -> None:
    (text,) = examples("template")
    assert check_template(text).name == "orders"


def template(**parts: Any) -> dict[str, Any]:
    return {
        "name": "example",
        "file_format": "csv",
        "validation_rules": {"columns": [{"name": "id"}]},
        "destination_config": {"table": "example"},
        **parts,
    }


def test_the_examples_of_parts_pass_the_check() -> None:
    (reader,) = examples("reader")
    (column,) = examples("column")
    check_template(template(reader_config=json.loads(reader)))
    check_template(template(validation_rules={"columns": [json.loads(column)]}))


@pytest.mark.parametrize("text", examples("step"))
def test_an_example_of_a_step_does_what_the_page_says(text: str) -> None:
    example = json.loads(text)
    step: Step = TypeAdapter(Step).validate_python(example["step"])
    frame = pl.DataFrame(example["before"], schema=dict.fromkeys(example["before"], pl.String))
    result, found = apply_steps(frame, [step], functions={})
    assert result.to_dict(as_series=False) == example["after"]
    assert found["row"].to_list() == example.get("rejected", [])


def test_every_step_on_text_has_an_example() -> None:
    shown = {json.loads(text)["step"]["op"] for text in examples("step")}
    steps = {model.model_fields["op"].annotation.__args__[0] for model in STEPS}  # type: ignore[union-attr]  # Literal
    assert shown == steps - {"compute", "python"}


def test_the_example_of_a_python_function_runs() -> None:
    (code,) = examples("python", "python")
    names: dict[str, TransformFunction] = {}
    exec(compile(code, "docs/templates.md", "exec"), names)  # noqa: S102  # our own page
    step: Step = TypeAdapter(Step).validate_python({"op": "python", "function": "initials"})
    result, _ = apply_steps(
        pl.DataFrame({"name": ["Zoë", None]}), [step], functions={"initials": names["initials"]}
    )
    assert result["initial"].to_list() == ["Z", None]


def test_every_function_of_expressions_has_an_example() -> None:
    assert [name for name, _, _ in FUNCTION_ROW.findall(FUNCTIONS_TABLE)] == list(FUNCTIONS)


@pytest.mark.parametrize(("name", "example", "gives"), FUNCTION_ROW.findall(FUNCTIONS_TABLE))
def test_an_example_of_a_function_gives_what_the_page_says(
    name: str, example: str, gives: str
) -> None:
    assert example.startswith(f"{name}(")
    compiled = compile_expression(example, {})
    assert pl.DataFrame({"row": [1]}).select(compiled.polars).item() == json.loads(gives)
