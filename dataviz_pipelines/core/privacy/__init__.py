"""What the platform knows of a person: all of it in one archive, or replaced by a pseudonym."""

from dataviz_pipelines.core.privacy.erase import Erasure, erase_person
from dataviz_pipelines.core.privacy.export import Export, export_person

__all__ = ["Erasure", "Export", "erase_person", "export_person"]
