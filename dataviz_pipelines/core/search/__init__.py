"""Finding tables and columns over all data sources, by name and by what is said about them."""

from dataviz_pipelines.core.search.question import LONGEST, Question
from dataviz_pipelines.core.search.service import MOST, Found, Kind, search

__all__ = ["LONGEST", "MOST", "Found", "Kind", "Question", "search"]
