from collections.abc import Callable, Iterator

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine

from dataviz_pipelines.core.notifications.deliverer import Deliverer
from dataviz_pipelines.core.settings import Settings
from tests.core.notifications.outbox import Outbox
from tests.servers.smtp import MailServer, mail_server
from tests.servers.webhooks import Receiver, webhook_server


@pytest.fixture
def mails() -> Iterator[MailServer]:
    with mail_server() as made:
        yield made


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with webhook_server() as made:
        yield made


@pytest.fixture
def settings(database_settings: Settings, mails: MailServer) -> Settings:
    """Of an installation that lists this machine, so that webhooks can be on it."""
    return database_settings.model_copy(
        update={
            "smtp_url": SecretStr(mails.url),
            "allowed_networks": "127.0.0.1",
            "public_url": "https://dataviz.example.org",
        }
    )


@pytest.fixture
def outbox(app_engine: Engine, settings: Settings) -> Outbox:
    return Outbox(app_engine, settings)


@pytest.fixture
def deliverer(
    app_engine: Engine, settings: Settings, outbox: Outbox
) -> Iterator[Callable[[], int]]:
    """Looks once, at the outbox's time, and waits until all is done."""
    made = Deliverer(app_engine, settings, clock=outbox.clock)
    yield lambda: made.look(patience_s=60)
    made.close()
