"""Every table of the specification."""

from migrations import statements

revision = "0001"
down_revision = None


def upgrade() -> None:
    statements.run("0001_initial")


def downgrade() -> None:
    message = "The first migration cannot be undone; drop the database instead."
    raise NotImplementedError(message)
