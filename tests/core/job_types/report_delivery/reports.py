"""Jobs that send reports, to a mail server and a web server that are there."""

import json
from base64 import b64decode
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from email.message import EmailMessage
from io import BytesIO
from pathlib import Path
from typing import Any, cast
from uuid import UUID

from openpyxl import load_workbook
from sqlalchemy import insert

from dataviz_pipelines.core.models.tables import UserRole
from dataviz_pipelines.core.settings import Settings
from tests.core.job_types.bench import Bench
from tests.core.notifications.outbox import Outbox
from tests.servers.smtp import Delivery, MailServer
from tests.servers.webhooks import Received

ADA: dict[str, Any] = {"channels": [{"kind": "email", "target": "ada@example.org"}]}
ROWS = "SELECT n AS id, 'Wien' AS city FROM generate_series(1, 3) AS n"


def mailed(*addresses: str) -> list[dict[str, str]]:
    return [{"kind": "email", "target": address} for address in addresses]


@dataclass
class Reports:
    bench: Bench
    mails: MailServer

    @property
    def settings(self) -> Settings:
        return self.bench.jobs.scheduling.settings

    @property
    def outbox(self) -> Outbox:
        return Outbox(self.bench.engine, self.settings)

    def configure(self, **settings: Any) -> None:
        scheduling = self.bench.jobs.scheduling
        changed = scheduling.settings.model_copy(update=settings)
        self.bench.jobs.scheduling = replace(scheduling, settings=changed)

    def job(self, sql: str = ROWS, *, owner: UUID | None = None, **config: Any) -> UUID:
        return self.bench.job("report_delivery", self.bench.save(sql), owner=owner, **config)

    def once(self, sql: str = ROWS, *, max_retries: int = 1, **config: Any) -> UUID:
        """With a single slot."""
        job_id = self.job(sql, **config)
        policy = {"max_retries": max_retries, "retry_delay_s": 1}
        self.bench.jobs.set(job_id, schedule_expression=None, run_policy=policy)
        return job_id

    def run(self, job_id: UUID) -> Any:
        return self.bench.run(job_id)

    def outcome(self, sql: str = ROWS, **config: Any) -> Any:
        return self.run(self.once(sql, max_retries=0, **config))

    def sent(self) -> list[Delivery]:
        """All that has arrived since it was looked at last."""
        return [self.mails.delivered.get_nowait() for _ in range(self.mails.delivered.qsize())]

    def recipients(self) -> list[str]:
        """Of what has arrived; each message has one."""
        found = []
        for delivery in self.sent():
            (recipient,) = delivery.recipients
            assert delivery.message["To"] == recipient
            assert (delivery.message["Cc"], delivery.message["Bcc"]) == (None, None)
            found.append(recipient)
        return sorted(found)

    def file(self) -> EmailMessage:
        """The one that has arrived."""
        (delivery,) = self.sent()
        return attachment(delivery.message)

    def csv(self, sql: str = ROWS, **config: Any) -> str:
        row = self.outcome(sql, **{**ADA, **config})
        assert row.error_log is None
        return content(self.file()).decode("utf-8-sig")

    def give_role(self, role_id: UUID, *user_ids: UUID) -> None:
        with self.bench.engine.begin() as connection:
            for user_id in user_ids:
                connection.execute(insert(UserRole).values(user_id=user_id, role_id=role_id))

    def role_of(self, user_id: UUID) -> UUID:
        ((role_id,),) = self.bench.rows(
            f"SELECT role_id FROM user_roles WHERE user_id = '{user_id}'"
        )
        return cast(UUID, role_id)

    def later(self) -> None:
        """When what failed is tried again."""
        self.bench.jobs.now += timedelta(hours=1)


def attachment(message: EmailMessage) -> EmailMessage:
    (found,) = message.iter_attachments()
    return cast(EmailMessage, found)


def content(file: EmailMessage) -> bytes:
    found = file.get_payload(decode=True)
    assert isinstance(found, bytes)
    return found


def text_of(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert body is not None
    return "\n".join(str(body.get_content()).splitlines())


def cells(workbook: bytes) -> list[list[Any]]:
    sheet = load_workbook(BytesIO(workbook)).active
    assert sheet is not None
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def told(received: Received) -> tuple[dict[str, Any], bytes]:
    """What a webhook was told, and its file."""
    document = json.loads(received.body)
    return document, b64decode(document["report"]["content"])


def worker_of(batch_id: UUID) -> int:
    """The id of the process that does the runs of the batch."""
    (found,) = [
        int(each.parent.name)
        for each in Path("/proc").glob("[0-9]*/cmdline")
        if str(batch_id) in _command(each)
    ]
    return found


def _command(file: Path) -> str:
    with suppress(OSError):  # it has ended
        return file.read_text(encoding="utf-8", errors="replace")
    return ""
