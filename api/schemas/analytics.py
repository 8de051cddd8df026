"""What the analytics answer. Items are as the core has them."""

from datetime import datetime
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from api.schemas.base import named

Item = TypeVar("Item")


class RankingRead(BaseModel, Generic[Item]):
    """Items in their order, of the whole hours from `starts_at` up to `ends_at`. `stale_hours` have changed since they, or
    their day, were counted."""

    starts_at: datetime
    ends_at: datetime
    stale_hours: int
    items: list[Item]


def ranking_of(item: type[Any]) -> Any:
    return named(f"{item.__name__}Ranking", RankingRead, item)
