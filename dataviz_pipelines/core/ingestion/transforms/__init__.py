"""The transformation steps of a template, on chunks of text columns and, for computed columns, on typed ones."""

from dataviz_pipelines.core.ingestion.transforms.computing import compute_columns, result_problem
from dataviz_pipelines.core.ingestion.transforms.registry import (
    TransformFunction,
    load_transforms,
    register_transform,
)
from dataviz_pipelines.core.ingestion.transforms.steps import apply_steps

__all__ = [
    "TransformFunction",
    "apply_steps",
    "compute_columns",
    "load_transforms",
    "register_transform",
    "result_problem",
]
