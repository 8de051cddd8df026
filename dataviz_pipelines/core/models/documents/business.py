"""JSON of the core business tables."""

from pydantic import Base64Bytes

from dataviz_pipelines.core.models.documents.document import Document


class Ciphertext(Document):
    """What `connection_config` holds, of data sources, channels and jobs. The key's id says which key decrypts it while keys rotate."""

    key_id: str
    nonce: Base64Bytes
    ciphertext: Base64Bytes
