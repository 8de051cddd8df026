"""What connections are made of."""

from functools import cache
from typing import Any, Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

SERVER: Final[dict[str, Any]] = {
    "connection_type": "postgresql",
    "host": "db.example.com",
    "database": "shop",
    "user": "reader",
    "password": "s3cret-Passw0rd",
}
MYSQL: Final[dict[str, Any]] = SERVER | {"connection_type": "mysql"}


@cache
def private_key() -> str:
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def service_account(**changes: Any) -> dict[str, Any]:
    """As Google lets people download it."""
    return {
        "type": "service_account",
        "project_id": "shop-123",
        "private_key_id": "0123456789abcdef",
        "private_key": private_key(),
        "client_email": "reader@shop-123.iam.gserviceaccount.com",
        "client_id": "1234567890",
        "auth_uri": "https://accounts.google.com/o/oauth2/auth",
        "token_uri": "https://oauth2.googleapis.com/token",
        "auth_provider_x509_cert_url": "https://www.googleapis.com/oauth2/v1/certs",
        "client_x509_cert_url": "https://www.googleapis.com/robot/v1/metadata/x509/reader%40shop-123.iam.gserviceaccount.com",
        "universe_domain": "googleapis.com",
        **changes,
    }


def bigquery(**account: Any) -> dict[str, Any]:
    return {
        "connection_type": "bigquery",
        "project": "shop-123",
        "location": "EU",
        "service_account": service_account(**account),
    }
