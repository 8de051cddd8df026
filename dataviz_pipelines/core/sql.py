"""Named blocks of a `.sql` file: everything from a line `-- name: x` to the next one is block x."""

import re
from functools import cache
from importlib.resources import files

_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


@cache
def blocks(package: str, file: str) -> dict[str, str]:
    """The blocks of a file of a package, in the file's order."""
    text = files(package).joinpath(file).read_text(encoding="utf-8")
    _, *parts = _NAME.split(text)
    return {name: body.strip() for name, body in zip(parts[::2], parts[1::2], strict=True)}
