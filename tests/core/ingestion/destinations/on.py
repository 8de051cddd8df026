"""Marks for tests that speak of one database."""

import pytest

POSTGRESQL = pytest.mark.parametrize("bench", ["postgresql"], indirect=True)
MARIADB = pytest.mark.parametrize("bench", ["mariadb"], indirect=True)
