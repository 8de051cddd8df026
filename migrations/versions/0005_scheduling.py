"""What jobs need that people define: times, policies, decisions."""

from migrations import statements

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    statements.run("0005_scheduling")


def downgrade() -> None:
    message = "Restore a backup instead."
    raise NotImplementedError(message)
