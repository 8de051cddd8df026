"""How many things that take long may go on at once, in all and for one person."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from dataviz_pipelines.core.errors import ThrottledError

RETRY_AFTER_S: Final = 5


class TooManyAtOnceError(ThrottledError):
    """More than the platform takes."""


@dataclass
class Places:
    """`what` names the things; `remedy` says what to do when there are too many."""

    what: str
    remedy: str
    most: int
    most_of_one_person: int
    _taken: Counter[UUID] = field(default_factory=Counter)

    def require_one(self, user_id: UUID) -> None:
        if self._taken.total() >= self.most or self._taken[user_id] >= self.most_of_one_person:
            raise TooManyAtOnceError(
                f"Too many {self.what} at once.", retry_after_s=RETRY_AFTER_S, remedy=self.remedy
            )

    @contextmanager
    def taken(self, user_id: UUID) -> Iterator[None]:
        self._taken[user_id] += 1
        try:
            yield
        finally:
            self._taken[user_id] -= 1
            if not self._taken[user_id]:
                del self._taken[user_id]
