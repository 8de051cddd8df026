"""Opaque tokens: random, recognisable by their beginning, and kept by their hash alone."""

import hashlib
import secrets

SESSION_PREFIX = "dvs_"
API_KEY_PREFIX = "dvk_"
TOKEN_BYTES = 32
SHOWN_CHARACTERS = 12


def new_token(prefix: str = "") -> str:
    return prefix + secrets.token_urlsafe(TOKEN_BYTES)


def token_hash(token: str) -> str:
    """Plain SHA-256 is enough: a token of 256 random bits cannot be guessed, unlike a password."""
    return hashlib.sha256(token.encode()).hexdigest()


def shown_part(token: str) -> str:
    """By what a person recognises a token that is not shown again."""
    return token[:SHOWN_CHARACTERS]
