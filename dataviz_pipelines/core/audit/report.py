"""What a verification of the audit finds."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from dataviz_pipelines.core.audit.errors import NotAHeadError

MOST_SHOWN: Final = 1_000
_HEAD: Final = re.compile(r"(?P<sequence>\d{1,18}):(?P<hash>[0-9a-f]{64})")


class ProblemKind(StrEnum):
    """`added`: a row in no seal, with a time at which it should have got one. `edited` is said of each row whose content
    or time changed, so of both when two change places."""

    EDITED = "edited"
    REMOVED = "removed"
    ADDED = "added"
    SEALED_TWICE = "sealed twice"
    SEAL_BROKEN = "seal broken"
    SEAL_MISSING = "seal missing"


@dataclass(frozen=True)
class Problem:
    """`id` is a row's, `sequence` a seal's. `at` is the row's time, or that of the seal when the row is gone."""

    kind: ProblemKind
    id: UUID | None = None
    at: datetime | None = None
    sequence: int | None = None


@dataclass(frozen=True)
class Head:
    """The end of the chain. Noted elsewhere, it proves later that nothing before it was made anew."""

    sequence: int
    hash: str

    def __str__(self) -> str:
        return f"{self.sequence}:{self.hash}"

    @classmethod
    def parse(cls, text: str) -> "Head":
        match = _HEAD.fullmatch(text)
        if match is None:
            raise NotAHeadError(
                f"{text!r} is not the head of a chain.",
                remedy="It reads NUMBER:HASH, as `dataviz audit verify` prints it.",
            )
        return cls(int(match["sequence"]), match["hash"])


@dataclass
class AuditReport:
    """`rows` are those in seals, `erased_rows` how many of them were rewritten by erasures of people, `waiting` those
    written since the last seal. `problems` are the first of each kind, `counts` all."""

    seals: int = 0
    rows: int = 0
    erased_rows: int = 0
    waiting: int = 0
    head: Head | None = None
    problems: list[Problem] = field(default_factory=list)
    counts: Counter[ProblemKind] = field(default_factory=Counter)

    @property
    def ok(self) -> bool:
        return not self.counts

    def add(self, problems: Iterable[Problem]) -> None:
        for problem in problems:
            self.counts[problem.kind] += 1
            if self.counts[problem.kind] <= MOST_SHOWN:
                self.problems.append(problem)
