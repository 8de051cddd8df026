"""Seals and opens: AES-256-GCM, with the place of the secret as associated data, so that it opens nowhere else."""

import secrets
from base64 import b64encode
from typing import Any, Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import ValidationError
from sqlalchemy import Connection

from dataviz_pipelines.core.models.documents.business import Ciphertext
from dataviz_pipelines.core.secrets import store
from dataviz_pipelines.core.secrets.errors import KeyMissingError, TamperedSecretError
from dataviz_pipelines.core.secrets.keys import Key, Keyring, KeySource
from dataviz_pipelines.core.secrets.store import SealedColumn

_NONCE_BYTES: Final = 12
_VERSION: Final = "dataviz secret 1"


class Vault:
    """Reads the keys anew for each secret that it seals: a rotation may have made another one the current key."""

    def __init__(self, source: KeySource) -> None:
        self._source = source
        self._ring: Keyring | None = None

    def seal(
        self, connection: Connection, plain: bytes, column: SealedColumn, row_id: UUID
    ) -> dict[str, str]:
        """What the column of the row is to hold. To be written in the connection's transaction: until it ends, no rotation
        takes the key away."""
        store.note_sealing(connection)
        return encrypt(plain, self._current(connection), column.place(row_id))

    def open(self, document: Any, column: SealedColumn, row_id: UUID) -> bytes:
        """Raises TamperedSecretError or KeyMissingError; never gives a part."""
        place = column.place(row_id)
        try:
            sealed = Ciphertext.model_validate(document)
        except ValidationError as error:
            raise TamperedSecretError(place) from error
        return decrypt(sealed, self._key(sealed.key_id, place), place)

    def _current(self, connection: Connection) -> Key:
        ring = self._source.read()
        if ring is None:
            ring = first_key(connection, self._source)
        self._ring = ring
        return ring.current

    def _key(self, key_id: str, place: str) -> Key:
        known = self._ring.find(key_id) if self._ring else None
        if known is not None:
            return known
        self._ring = self._source.read()
        found = self._ring.find(key_id) if self._ring else None
        if found is None:
            raise KeyMissingError(
                f"The key that sealed the secret of {place} is not here.",
                remedy="Put the key file back into the keys folder, add it to DATAVIZ_SECRET_KEYS, or enter the secret again.",
            )
        return found


def first_key(connection: Connection, source: KeySource) -> Keyring:
    """Not where secrets are sealed already: then the keys are lost or elsewhere, and another one would split them."""
    if store.used_keys(connection):
        raise KeyMissingError(
            "The database holds secrets, but there are no keys here.",
            remedy="Put the key files back into the keys folder, or set DATAVIZ_SECRET_KEYS as on the other machines.",
        )
    return source.add(first=True)


def encrypt(plain: bytes, key: Key, place: str) -> dict[str, str]:
    nonce = secrets.token_bytes(_NONCE_BYTES)
    sealed = AESGCM(key.material).encrypt(nonce, plain, _bound_to(key.id, place))
    return {
        "key_id": key.id,
        "nonce": b64encode(nonce).decode(),
        "ciphertext": b64encode(sealed).decode(),
    }


def decrypt(sealed: Ciphertext, key: Key, place: str) -> bytes:
    try:
        return AESGCM(key.material).decrypt(
            sealed.nonce, sealed.ciphertext, _bound_to(key.id, place)
        )
    except (InvalidTag, ValueError) as error:
        raise TamperedSecretError(place) from error


def _bound_to(key_id: str, place: str) -> bytes:
    return f"{_VERSION}\n{key_id}\n{place}".encode()
