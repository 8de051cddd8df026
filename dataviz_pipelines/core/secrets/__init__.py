"""What must be kept and given back, but never be readable in the database: sealed with keys that stay outside of it."""

from dataviz_pipelines.core.secrets.keys import Key, Keyring, KeySource, key_source
from dataviz_pipelines.core.secrets.rotation import Rotation, rotate_keys
from dataviz_pipelines.core.secrets.store import (
    CHANNEL_CONFIG,
    CONNECTION_CONFIG,
    JOB_CREDENTIALS,
    SealedColumn,
)
from dataviz_pipelines.core.secrets.vault import Vault

__all__ = [
    "CHANNEL_CONFIG",
    "CONNECTION_CONFIG",
    "JOB_CREDENTIALS",
    "Key",
    "KeySource",
    "Keyring",
    "Rotation",
    "SealedColumn",
    "Vault",
    "key_source",
    "rotate_keys",
]
