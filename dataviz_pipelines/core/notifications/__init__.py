"""What the platform tells people of its own accord."""

from dataviz_pipelines.core.notifications.service import Notice, notify

__all__ = ["Notice", "notify"]
