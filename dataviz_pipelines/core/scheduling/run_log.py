"""What a run says, kept within bounds and without secrets."""

from typing import Final

MASK: Final = "***"
MOST_CHARS: Final = 20_000
_SHORTEST_SECRET: Final = 4


class RunLog:
    """Keeps the beginning and the end; what is too much between them is left out, and that is said."""

    def __init__(self) -> None:
        self._secrets: set[str] = set()
        self._text = ""
        self._left_out = 0

    def hide(self, secret: str) -> None:
        """Whatever is said from now on does not show it. One of less than four characters would blacken everything."""
        if len(secret) >= _SHORTEST_SECRET:
            self._secrets.add(secret)

    def say(self, text: str) -> None:
        self._text += self.masked(text) + "\n"
        excess = len(self._text) - MOST_CHARS
        if excess > MOST_CHARS:
            self._left_out += excess
            half = MOST_CHARS // 2
            self._text = self._text[:half] + self._text[half + excess :]

    def masked(self, text: str) -> str:
        """Also without what no database stores: names of others' files can hold it."""
        text = text.replace("\0", "").encode("utf-8", "replace").decode()
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(secret, MASK)
        return text

    @property
    def text(self) -> str:
        left_out, text = self._left_out, self._text
        excess = len(text) - MOST_CHARS
        if excess > 0:
            left_out += excess
            text = text[: MOST_CHARS // 2] + text[MOST_CHARS // 2 + excess :]
        if not left_out:
            return text
        half = MOST_CHARS // 2
        return f"{text[:half]}\n… {left_out:,} characters are left out …\n{text[half:]}"
