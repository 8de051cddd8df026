from tests.dagster_platform import box, instance, platform

__all__ = ["box", "instance", "platform"]
