"""Every table of the specification."""

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None

SQL = Path(__file__).parents[1] / "sql" / "0001_initial"


def upgrade() -> None:
    connection = op.get_bind().execution_options(no_parameters=True)
    for file in sorted(SQL.glob("*.sql")):
        connection.exec_driver_sql(file.read_text(encoding="utf-8"))


def downgrade() -> None:
    message = "The first migration cannot be undone; drop the database instead."
    raise NotImplementedError(message)
