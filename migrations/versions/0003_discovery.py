"""What discovery tells people: whom a change concerns, and a search over all that was found."""

from migrations import statements

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    statements.run("0003_discovery")


def downgrade() -> None:
    message = "Restore a backup instead."
    raise NotImplementedError(message)
