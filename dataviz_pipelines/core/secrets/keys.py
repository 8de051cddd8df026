"""The keys: files in the `keys` folder of the home, or, for installations on several machines, a setting.

A key's id is a part of its hash, so that a key is recognised wherever it comes from and never taken for another.
"""

import base64
import binascii
import hashlib
import os
import re
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from dataviz_pipelines.core.secrets.errors import KeyMissingError, KeysUnusableError
from dataviz_pipelines.core.settings import Settings

KEY_BYTES: Final = 32
_ID_CHARACTERS: Final = 16
_FILE: Final = re.compile(r"^secrets-(\d{6})\.key$")


@dataclass(frozen=True)
class Key:
    id: str
    material: bytes = field(repr=False)

    @classmethod
    def of(cls, material: bytes) -> "Key":
        digest = hashlib.sha256(b"dataviz key id\0" + material).hexdigest()
        return cls(digest[:_ID_CHARACTERS], material)

    @classmethod
    def new(cls) -> "Key":
        return cls.of(secrets.token_bytes(KEY_BYTES))

    @classmethod
    def parse(cls, text: str, *, place: str) -> "Key":
        try:
            material = base64.b64decode(text.strip().encode(), altchars=b"-_", validate=True)
        except (binascii.Error, UnicodeError):
            material = b""
        if len(material) != KEY_BYTES:
            raise KeysUnusableError(
                f"{place} is not a key: 32 random bytes in URL-safe base64.",
                remedy="Put back what was there, or make a new one as docs/data-sources.md says.",
            )
        return cls.of(material)

    @property
    def text(self) -> str:
        return base64.urlsafe_b64encode(self.material).decode()


@dataclass(frozen=True)
class Keyring:
    """The first key seals, all of them open."""

    keys: tuple[Key, ...]

    @property
    def current(self) -> Key:
        return self.keys[0]

    def find(self, key_id: str) -> Key | None:
        return next((key for key in self.keys if key.id == key_id), None)


class KeySource(Protocol):
    """Where keys are kept. `adds`: a rotation makes keys here and removes them; elsewhere a person does."""

    @property
    def adds(self) -> bool: ...

    def read(self) -> Keyring | None:
        """None: there is no key yet."""

    def add(self, *, first: bool) -> Keyring:
        """With a key more, durably. `first`: only if there is none, whoever else makes one at the same moment."""

    def remove(self, key: Key) -> None: ...


@dataclass(frozen=True)
class GivenKeys:
    """From DATAVIZ_SECRET_KEYS, the current one first."""

    ring: Keyring
    adds: bool = False

    def read(self) -> Keyring:
        return self.ring

    def add(self, *, first: bool) -> Keyring:  # noqa: ARG002  # the setting has a key at least
        return self.ring

    def remove(self, key: Key) -> None:
        """Whoever set it unsets it."""


@dataclass(frozen=True)
class KeyFolder:
    """One file for each key, readable to the platform's user alone; the highest number is the current one."""

    folder: Path
    adds: bool = True

    def read(self) -> Keyring | None:
        keys = tuple(self._parse(file) for file in reversed(self._files()))
        return Keyring(keys) if keys else None

    def add(self, *, first: bool) -> Keyring:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        files = self._files()
        if not (first and files):
            self._keep(Key.new(), number=_number(files[-1]) + 1 if files else 1)
        ring = self.read()
        if ring is None:
            raise KeyMissingError(f"A key that was just made in {self.folder} is gone.")
        return ring

    def remove(self, key: Key) -> None:
        for file in self._files():
            if self._parse(file).id == key.id:
                file.unlink()
        _make_durable(self.folder)

    def _keep(self, key: Key, *, number: int) -> None:
        """A file with a name is a whole key. Where another process was faster, its key counts."""
        draft = self.folder / f".{secrets.token_hex(8)}.new"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w") as out:
                out.write(f"{key.text}\n")
                out.flush()
                os.fsync(out.fileno())
            (self.folder / f"secrets-{number:06d}.key").hardlink_to(draft)
        except FileExistsError:
            return
        finally:
            draft.unlink()
        _make_durable(self.folder)

    def _files(self) -> list[Path]:
        return sorted(file for file in self.folder.glob("secrets-*.key") if _FILE.match(file.name))

    def _parse(self, file: Path) -> Key:
        try:
            return Key.parse(file.read_text(), place=str(file))
        except (OSError, UnicodeError) as error:
            raise KeysUnusableError(
                f"The key {file} cannot be read.",
                remedy="The platform's user must own it; `dataviz doctor` tells more.",
            ) from error


def key_source(settings: Settings) -> KeySource:
    """Raises KeysUnusableError when the setting holds something else than keys."""
    if settings.secret_keys is None:
        return KeyFolder(settings.keys)
    texts = [each for each in settings.secret_keys.get_secret_value().split(",") if each.strip()]
    keys = tuple(Key.parse(text, place="A part of DATAVIZ_SECRET_KEYS") for text in texts)
    if not keys:
        raise KeysUnusableError(
            "DATAVIZ_SECRET_KEYS holds no key.", remedy="Unset it, or set a key."
        )
    return GivenKeys(Keyring(keys))


def _number(file: Path) -> int:
    return int(file.stem.removeprefix("secrets-"))


def _make_durable(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
