"""Where output goes: results to stdout, everything else to stderr, so that other programs can read the first."""

import json
import sys
from typing import Any

from rich.console import Console

results = Console()
errors = Console(stderr=True)


def print_json(document: Any) -> None:
    """One document and nothing beside it; ids and times are written as text."""
    json.dump(document, sys.stdout, indent=2, default=str, ensure_ascii=False)
    sys.stdout.write("\n")
