"""A template of few words, and what is wrong with it."""

from typing import Any

import pytest

from dataviz_pipelines.core.ingestion.errors import TemplateInvalidError
from dataviz_pipelines.core.ingestion.templates import TemplateProblemsError, check_template

Json = dict[str, Any]


def template(*columns: Json, **parts: Any) -> Json:
    return {
        "name": "orders",
        "file_format": "csv",
        "validation_rules": {
            "columns": list(columns) or [{"name": "id", "type": "integer", "nullable": False}],
            **parts.pop("rules", {}),
        },
        "transformation_rules": {"steps": parts.pop("steps", [])},
        "destination_config": {"table": "orders", **parts.pop("destination", {})},
        **parts,
    }


def problems(document: Any) -> dict[str, str]:
    with pytest.raises(TemplateInvalidError) as raised:
        check_template(document, functions={"mine"})
    assert isinstance(raised.value, TemplateProblemsError)
    assert all(str(problem) in str(raised.value) for problem in raised.value.problems)
    return {problem.path: problem.message for problem in raised.value.problems}
