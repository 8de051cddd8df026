"""How a receiver knows that a webhook comes from here: HMAC-SHA256 over the time and the body.

While a secret is replaced, both sign, so that receivers can change over without losing a message.
"""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from typing import Final

HEADER: Final = "X-DataViz-Signature"
_PREFIX: Final = "whsec_"
_BYTES: Final = 32


def new_secret() -> str:
    return _PREFIX + secrets.token_urlsafe(_BYTES)


def signature(body: bytes, keys: Sequence[str], *, timestamp: int) -> str:
    """`t=TIME,v1=HEX`, with a `v1` for each key; TIME is in seconds since 1970 and part of what is signed."""
    signed = str(timestamp).encode() + b"." + body
    digests = (hmac.new(key.encode(), signed, hashlib.sha256).hexdigest() for key in keys)
    return ",".join((f"t={timestamp}", *(f"v1={digest}" for digest in digests)))
