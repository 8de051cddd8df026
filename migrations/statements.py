"""Runs the plain SQL files of one migration. They never change once they are released, and import no live code."""

from pathlib import Path
from typing import Final

from alembic import op

_SQL: Final = Path(__file__).parent / "sql"


def run(folder: str) -> None:
    """All of `sql/FOLDER`, in the order of their names."""
    connection = op.get_bind().execution_options(no_parameters=True)
    for file in sorted((_SQL / folder).glob("*.sql")):
        connection.exec_driver_sql(file.read_text(encoding="utf-8"))
