"""What the platform tells people of its own accord, and how it reaches them."""

from dataviz_pipelines.core.models.notifications import Severity
from dataviz_pipelines.core.notifications.notices import Notice
from dataviz_pipelines.core.notifications.service import MAIL, notify

__all__ = ["MAIL", "Notice", "Severity", "notify"]
