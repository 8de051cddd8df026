"""What becomes of the runs that are asked for elsewhere."""

from enum import StrEnum


class Fate(StrEnum):
    """`LOST`: the run is over, and what it was asked for is not done."""

    ALIVE = "alive"
    LOST = "lost"
    CANCELLED = "cancelled"
