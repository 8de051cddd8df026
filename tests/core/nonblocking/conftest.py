from collections.abc import Callable
from typing import Any, TypeVar

import pytest
import uvloop
from sqlalchemy.util import greenlet_spawn

from dataviz_pipelines.core.db import create_lanes, database_urls
from dataviz_pipelines.core.nonblocking.lanes import Lanes
from dataviz_pipelines.core.settings import Settings

Answer = TypeVar("Answer")
OnLoop = Callable[[Callable[[Lanes], Any]], Any]


@pytest.fixture
def on_loop(database_settings: Settings) -> OnLoop:
    """Runs a function in a greenlet of a loop of its own, with two lanes."""

    async def run(work: Callable[[Lanes], Answer]) -> Answer:
        lanes = create_lanes(
            database_urls(database_settings).app, application_name="test lanes", most=2
        )
        try:
            return await greenlet_spawn(work, lanes)
        finally:
            await greenlet_spawn(lanes.dispose)

    return lambda work: uvloop.run(run(work))
