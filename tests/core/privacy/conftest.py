from tests.core.privacy.people import two

__all__ = ["two"]
