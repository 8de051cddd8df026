"""What people did: events are noted, sealed into a chain of hashes, and verified. Changes of rows are noted by triggers."""

from dataviz_pipelines.core.audit.events import note
from dataviz_pipelines.core.audit.report import AuditReport
from dataviz_pipelines.core.audit.sealing import head, seal
from dataviz_pipelines.core.audit.verify import verify_audit

__all__ = ["AuditReport", "head", "note", "seal", "verify_audit"]
