"""What a change of a data source breaks among the things that people made, and who hears of it."""

from dataviz_pipelines.core.impacts.service import tell_of_changes

__all__ = ["tell_of_changes"]
