"""Upload templates: checked when saved, kept with a version. `draft` makes them from a sample file, and brings the readers."""

from dataviz_pipelines.core.ingestion.templates.check import check_template
from dataviz_pipelines.core.ingestion.templates.problems import Problem, TemplateProblemsError
from dataviz_pipelines.core.ingestion.templates.service import (
    Change,
    StoredTemplate,
    as_json,
    as_written,
    get_template,
    get_template_by_id,
    list_templates,
    save_template,
)

__all__ = [
    "Change",
    "Problem",
    "StoredTemplate",
    "TemplateProblemsError",
    "as_json",
    "as_written",
    "check_template",
    "get_template",
    "get_template_by_id",
    "list_templates",
    "save_template",
]
