"""The terms of plain names for less: half of what it costs to store a new column was spent on them."""

from migrations import statements

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    statements.run("0011_search_terms")


def downgrade() -> None:
    message = "Restore a backup instead."
    raise NotImplementedError(message)
