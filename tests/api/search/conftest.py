from tests.api.access.conftest import admin, things

__all__ = ["admin", "things"]
