"""Which revision the schema should be at, told without Alembic: the API asks for it all the time and migrates nothing."""

import re
from functools import cache
from importlib.resources import files
from typing import Final

_FILE: Final = re.compile(r"(\d{4})_\w+\.py")


@cache
def newest_revision() -> str:
    """That of the last file: their names begin with them."""
    names = (item.name for item in files("migrations").joinpath("versions").iterdir())
    return max(found[1] for name in names if (found := _FILE.fullmatch(name)))
