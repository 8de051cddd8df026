"""What delivering notifications needs."""

from migrations import statements

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    statements.run("0006_notifications")


def downgrade() -> None:
    message = "Restore a backup instead."
    raise NotImplementedError(message)
