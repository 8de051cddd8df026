"""What people did: events are noted, sealed into a chain of hashes, and verified. Changes of rows are noted by triggers."""

from dataviz_pipelines.core.audit.events import note

__all__ = ["note"]
