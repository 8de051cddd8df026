"""What people did: events are noted, sealed into a chain of hashes, and verified. Changes of rows are noted by triggers."""

from dataviz_pipelines.core.audit.events import note
from dataviz_pipelines.core.audit.sealing import seal

__all__ = ["note", "seal"]
