from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from tests.core.job_types.bench import Bench
from tests.core.job_types.conftest import bench, calls, jobs, postgresql
from tests.core.job_types.report_delivery.reports import Reports
from tests.core.notifications.conftest import receiver
from tests.servers.smtp import MailServer, mail_server

__all__ = ["bench", "calls", "jobs", "postgresql", "receiver"]


@pytest.fixture
def mails() -> Iterator[MailServer]:
    with mail_server(refused=frozenset({"nobody@example.org"})) as made:
        yield made


@pytest.fixture
def reports(bench: Bench, mails: MailServer) -> Reports:
    made = Reports(bench, mails)
    made.configure(smtp_url=SecretStr(mails.url), public_url="https://dataviz.example.org")
    return made
