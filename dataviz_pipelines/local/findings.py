"""What `doctor` says about one thing it looked at."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True)
class Finding:
    check: str
    level: Level
    message: str
    remedy: str | None = None


def ok(check: str, message: str) -> Finding:
    return Finding(check, Level.OK, message)


def warn(check: str, message: str, remedy: str) -> Finding:
    return Finding(check, Level.WARN, message, remedy)


def fail(check: str, message: str, remedy: str) -> Finding:
    return Finding(check, Level.FAIL, message, remedy)
