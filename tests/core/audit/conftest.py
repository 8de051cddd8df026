from tests.core.audit.trail import trail

__all__ = ["trail"]
