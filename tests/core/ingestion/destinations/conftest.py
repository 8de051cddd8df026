"""What is true of every destination is tested on each; a module or a test that speaks of one names it by `on`."""

import pytest

from tests.core.ingestion.loads import Bench


@pytest.fixture(params=["postgresql", "mariadb"])
def bench(request: pytest.FixtureRequest) -> Bench:
    found: Bench = request.getfixturevalue(f"{request.param}_bench")
    return found
