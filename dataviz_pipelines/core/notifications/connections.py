"""How channels are connected, as it is sealed."""

import json
from datetime import datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import Field, SecretStr, TypeAdapter

from dataviz_pipelines.core.models.documents.document import Document
from dataviz_pipelines.core.secrets import CHANNEL_CONFIG, Vault


class Webhook(Document):
    """`secret` signs. `old_secret` signs beside it until `old_until`."""

    kind: Literal["webhook"] = "webhook"
    url: SecretStr
    secret: SecretStr
    old_secret: SecretStr | None = None
    old_until: datetime | None = None

    def keys(self, now: datetime) -> list[str]:
        """Those that sign, the newest first."""
        found = [self.secret.get_secret_value()]
        if self.old_secret is not None and self.old_until is not None and now < self.old_until:
            found.append(self.old_secret.get_secret_value())
        return found


class Chat(Document):
    kind: Literal["chat"] = "chat"
    url: SecretStr


AnyConnection = Webhook | Chat
_ADAPTER: Final[TypeAdapter[AnyConnection]] = TypeAdapter(
    Annotated[AnyConnection, Field(discriminator="kind")]
)


def revealed(connection: AnyConnection) -> bytes:
    """To be sealed at once."""
    plain = connection.model_dump(mode="json")
    for name, value in connection:
        if isinstance(value, SecretStr):
            plain[name] = value.get_secret_value()
    return json.dumps(plain).encode()


def opened(sealed: Any, channel_id: UUID, vault: Vault) -> AnyConnection:
    return _ADAPTER.validate_json(vault.open(sealed, CHANNEL_CONFIG, channel_id))
