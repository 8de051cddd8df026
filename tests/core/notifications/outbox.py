"""What waits to be delivered, in few words, and the time at which it is looked at."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb
from pydantic import SecretStr
from sqlalchemy import Engine

from dataviz_pipelines.core.models.documents.scheduler import NotificationChannel
from dataviz_pipelines.core.models.ids import new_id
from dataviz_pipelines.core.notifications import MAIL, Notice, notify
from dataviz_pipelines.core.notifications.connections import AnyConnection, Webhook, revealed
from dataviz_pipelines.core.secrets import CHANNEL_CONFIG, Vault, key_source
from dataviz_pipelines.core.settings import Settings
from dataviz_pipelines.core.sql import execute

NOTICE = Notice("source_changed", "A source changed", "A column is gone.", "/tables/1")
SECRET = "whsec_of-tests"  # of tests


class Outbox:
    """`now` is moved by tests."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self.engine = engine
        self.vault = Vault(key_source(settings))
        self.now = datetime.now(UTC) + timedelta(minutes=1)

    def clock(self) -> datetime:
        return self.now

    def person(self, email: str = "ada@example.org", **preferences: Any) -> UUID:
        user_id: UUID = self.run(
            "INSERT INTO users (email) VALUES (%(email)s) RETURNING id", email=email
        )[0][0]
        for key, value in preferences.items():
            self.run(
                "INSERT INTO user_preferences (user_id, preference_key, preference_value) "
                "VALUES (%(user_id)s, %(key)s, %(value)s)",
                user_id=user_id,
                key=key,
                value=Jsonb(value),
            )
        return user_id

    def channel(self, name: str, url: str, connection: AnyConnection | None = None) -> UUID:
        made = connection or Webhook(url=SecretStr(url), secret=SecretStr(SECRET))
        channel_id = new_id()
        with self.engine.begin() as database:
            values = {
                "id": channel_id,
                "name": name,
                "kind": made.kind,
                "sealed": Jsonb(
                    self.vault.seal(database, revealed(made), CHANNEL_CONFIG, channel_id)
                ),
            }
            execute(
                database,
                "INSERT INTO notification_channels (id, name, channel_kind, connection_config) "
                "VALUES (%(id)s, %(name)s, %(kind)s, %(sealed)s)",
                values,
            )
        return channel_id

    def tell(
        self, *user_ids: UUID, notice: Notice = NOTICE, channels: Sequence[NotificationChannel] = ()
    ) -> None:
        with self.engine.begin() as connection:
            notify(connection, notice, user_ids, channels)

    def mail(self, *user_ids: UUID, notice: Notice = NOTICE) -> None:
        self.tell(*user_ids, notice=notice, channels=[MAIL])

    def post(self, name: str, *user_ids: UUID, notice: Notice = NOTICE) -> None:
        channel = NotificationChannel(kind="webhook", target=name)
        self.tell(*user_ids, notice=notice, channels=[channel])

    def states(self) -> list[tuple[str, int]]:
        """Status and number of attempts of each delivery, the oldest first."""
        return self.rows("status, attempt_count")

    def rows(self, columns: str) -> list[tuple[Any, ...]]:
        return self.run(f"SELECT {columns} FROM notification_deliveries ORDER BY id")

    def messages(self) -> list[str]:
        """In the app."""
        found = self.run("SELECT message FROM notifications ORDER BY id")
        return [message for (message,) in found]

    def later(self, **span: float) -> None:
        self.now += timedelta(**span)

    def run(self, statement: str, **values: Any) -> list[tuple[Any, ...]]:
        with self.engine.begin() as connection:
            cursor = execute(connection, statement, values)
            return cursor.fetchall() if cursor.description else []
