"""Finding tables and columns over all data sources, by name and by what is said about them."""

from dataviz_pipelines.core.search.question import LONGEST, Question
from dataviz_pipelines.core.search.service import MOST, Found, Kind, Scope, search
from dataviz_pipelines.core.search.stages import Match

__all__ = ["LONGEST", "MOST", "Found", "Kind", "Match", "Question", "Scope", "search"]
