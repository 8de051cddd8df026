"""Time zones whose days begin in every way there is."""

from typing import Final

ZONES: Final = (
    "UTC",
    "Europe/Vienna",
    "America/New_York",
    "Pacific/Apia",  # left a day out
    "America/Havana",  # changes its clocks at midnight
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Adelaide",
    "America/St_Johns",
    "Australia/Lord_Howe",  # half an hour of daylight saving
    "Africa/Monrovia",  # 44 minutes and 30 seconds behind until 1972
)
