"""Passwords: which are taken, and how they are kept. bcrypt at this cost takes about a quarter of a second, so whoever
serves many people runs it in threads of its own."""

from functools import cache
from typing import Final

import bcrypt

from dataviz_pipelines.core.errors import InvalidInputError

COST: Final = 12
MIN_CHARACTERS: Final = 8
MAX_BYTES: Final = 72
"""bcrypt reads no more; a longer password is refused rather than cut off."""
_NOBODYS: Final = "$2b$12$wlrv90t.w5R9g4Dvm/6wCuW2ShUZootr59EDbvW0SmPA67y1JnGJe"
"""Of a random password that nobody kept: what is compared when there is no hash, so that this takes as long."""


class WeakPasswordError(InvalidInputError):
    """A password that is not taken as a new one."""

    def __init__(self, message: str, *, place: str, remedy: str) -> None:
        super().__init__(message, remedy=remedy)
        self.place = place


def check_password(password: str, *, email: str, place: str = "/password") -> None:
    """Raises WeakPasswordError. Length and rarity count; which characters are used does not."""
    if len(password) < MIN_CHARACTERS:
        remedy = f"Use at least {MIN_CHARACTERS} characters."
        raise WeakPasswordError("The password is too short.", place=place, remedy=remedy)
    if _encoded(password) is None:
        remedy = f"Use at most {MAX_BYTES} bytes of UTF-8, without NUL."
        raise WeakPasswordError("The password is too long.", place=place, remedy=remedy)
    folded = password.lower()
    if folded in _common() or folded in (email.lower(), email.lower().partition("@")[0]):
        remedy = "Use a few words that do not belong together."
        raise WeakPasswordError("Others would guess the password.", place=place, remedy=remedy)


def hash_password(password: str) -> str:
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(COST)).decode()


def verify_password(password: str, stored: str | None) -> bool:
    """Takes as long without a stored hash as with one."""
    presented = _encoded(password)
    if presented is None or stored is None:
        bcrypt.checkpw(b"", _NOBODYS.encode())
        return False
    return bcrypt.checkpw(presented, stored.encode())


def needs_rehash(stored: str) -> bool:
    return not stored.startswith(f"$2b${COST}$")


def _encoded(password: str) -> bytes | None:
    """None for what is nobody's password. Half a surrogate pair, which JSON can hold, has no encoding."""
    try:
        encoded = password.encode()
    except UnicodeEncodeError:
        return None
    return None if len(encoded) > MAX_BYTES or b"\0" in encoded else encoded


@cache
def _common() -> frozenset[str]:
    from zxcvbn.frequency_lists import (
        FREQUENCY_LISTS,
    )  # 13 MB, of which most processes need nothing

    return frozenset(FREQUENCY_LISTS["passwords"])
