"""When each table was last profiled, or tried to."""

from migrations import statements

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    statements.run("0010_profile_turns")


def downgrade() -> None:
    message = "Restore a backup instead."
    raise NotImplementedError(message)
