"""One short text per table that differs exactly when its definition does. Counts are no part of it."""

import json
from hashlib import blake2b

from dataviz_pipelines.core.discovery.snapshot import Definition

_DIGEST_BYTES = 32


def fingerprint(definition: Definition) -> str:
    parts = [getattr(definition, name) for name in Definition.__slots__]
    text = json.dumps(parts, ensure_ascii=False, check_circular=False)
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_DIGEST_BYTES).hexdigest()
