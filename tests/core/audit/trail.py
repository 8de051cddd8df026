"""An audit trail to tamper with, and the hands of whoever owns the database."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text

from dataviz_pipelines.core.audit import AuditReport, note, seal, verify_audit
from dataviz_pipelines.core.audit.report import Head, Problem
from dataviz_pipelines.core.security.caller import Origin

ORIGIN = Origin("192.0.2.7", "curl/8", "request-1")


class Trail:
    """Three events `a`, `b` and `c`, each in a seal of its own."""

    def __init__(self, app: Engine, owner: Engine) -> None:
        self.app = app
        self._owner = owner

    def write(self, *actions: str) -> None:
        with self.app.begin() as connection:
            for action in actions:
                note(connection, action, user_id=None, details={"key": "ä\n"}, origin=ORIGIN)

    def seal(self) -> int:
        with self.app.begin() as connection:
            return seal(connection)

    def tamper(self, *statements: str) -> None:
        """As the owner, unnoticed by triggers."""
        with self._owner.begin() as connection:
            connection.execute(text("ALTER TABLE audit_logs DISABLE TRIGGER USER"))
            for statement in statements:
                assert connection.execute(text(statement)).rowcount, statement

    def verify(self, noted: Head | None = None) -> AuditReport:
        return verify_audit(self.app, noted=noted)

    def problems(self, noted: Head | None = None) -> list[tuple[str, str]]:
        """Kinds, and what they are about: an event, or a seal's place from the end."""
        return [(each.kind.value, self._about(each)) for each in self.verify(noted).problems]

    def _about(self, problem: Problem) -> str:
        with self.app.connect() as connection:
            found = connection.execute(
                text("SELECT action_type FROM audit_logs WHERE id = :id"), {"id": problem.id}
            ).first()
        if found is not None:
            return str(found.action_type)
        return "gone" if problem.sequence is None or problem.id else f"seal {problem.sequence}"


@pytest.fixture
def trail(app_engine: Engine, owner_engine: Engine) -> Iterator[Trail]:
    made = Trail(app_engine, owner_engine)
    made.seal()  # what setting the database up has written
    for action in "abc":
        made.write(action)
        made.seal()
    return made
