"""The small, safe language of a template's conditions and computed columns; docs/templates.md describes it."""

from dataviz_pipelines.core.ingestion.expressions.compiler import (
    Expression,
    compile_condition,
    compile_expression,
)
from dataviz_pipelines.core.ingestion.expressions.functions import FUNCTIONS, regex_problem, whole
from dataviz_pipelines.core.ingestion.expressions.syntax import ExpressionError

__all__ = [
    "FUNCTIONS",
    "Expression",
    "ExpressionError",
    "compile_condition",
    "compile_expression",
    "regex_problem",
    "whole",
]
