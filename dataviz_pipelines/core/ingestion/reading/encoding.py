"""Which encoding a text is in, and how it becomes UTF-8."""

import codecs
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dataviz_pipelines.core.ingestion.errors import UnreadableFileError
from dataviz_pipelines.core.ingestion.reading.streams import Readable

if TYPE_CHECKING:
    from charset_normalizer import CharsetMatch

BOMS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
BOM_OF_CODEC = {codec: bom for bom, codec in BOMS.items()}
GUESS_BYTES = 64 * 1024
NOT_WESTERN = {
    *("cp1251", "iso8859_5", "koi8_r", "koi8_u", "cp866"),
    *("cp1253", "iso8859_7", "cp1255", "iso8859_8", "cp1256", "iso8859_6", "cp874", "tis_620"),
    *("cp932", "shift_jis", "euc_jp", "gb2312", "gbk", "gb18030", "big5", "cp949", "euc_kr"),
}
"""Encodings that files in other scripts come in; anything else that fits is taken for cp1252, the most frequent by far."""
CENTRAL_EUROPEAN = {"cp1250", "iso8859_2"}  # so like cp1252 that only the language tells them apart
CENTRAL_LANGUAGES = {"Polish", "Czech", "Slovak", "Hungarian", "Croatian", "Slovene", "Romanian"}

NEIGHBOURS = re.compile(rb"[\x80-\xff]{2,}")
MIN_NEIGHBOURS = (
    0.2  # of the bytes above 127: in other scripts they stand together, Western accents stand alone
)

MIN_NUL_SHARE = 0.3  # of every second byte, in UTF-16 of mostly Latin text
MAX_DAMAGE = 0.2  # invalid lines' share up to which UTF-8 is believed to be merely damaged
CONTROLS = bytes(
    [0, *range(3, 9), *range(14, 26), 27, 127]
)  # those that text files do not use, not even as delimiters
MAX_CONTROL_SHARE = 0.05
MIN_CONTROLS = 8


@dataclass(frozen=True)
class Encoding:
    name: str
    confidence: float
    bom: bytes = b""
    warning: str | None = None


def detect_encoding(head: bytes, *, whole: bool) -> Encoding:
    """What `head`, the beginning of a file (or all of it), is encoded in."""
    for bom, codec in BOMS.items():
        if head.startswith(bom):
            return Encoding(codec, 1.0, bom)
    if (wide := _utf16(head)) is not None:
        return Encoding(wide, 0.9, warning=f"The encoding {wide} is a guess: the file has no mark.")
    if head.isascii():
        return Encoding("utf-8", 1.0 if whole else 0.95)
    if _valid_utf8(head, whole=whole):
        return Encoding("utf-8", 0.99)
    if _mostly_utf8(head):
        return Encoding("utf-8", 0.8, warning="Some lines are not valid UTF-8.")
    return _guess(head)


def check_is_text(name: str, sample: bytes) -> None:
    """`sample` is UTF-8 already, so what is still full of control characters was never text (S58)."""
    controls = len(sample) - len(sample.translate(None, CONTROLS))
    if controls > MAX_CONTROL_SHARE * len(sample) and controls > MIN_CONTROLS:
        raise UnreadableFileError(
            f"{name} is no text: it is full of control characters.",
            remedy="Export it as CSV, or give it the name of what it is.",
        )


def pinned_encoding(name: str, head: bytes) -> Encoding:
    """The codec of that name, and the mark that the file begins with, if any."""
    try:
        codec = codecs.lookup(name).name
    except LookupError as error:
        raise UnreadableFileError(
            f"The encoding {name!r} does not exist.", remedy="Correct reader_config.encoding."
        ) from error
    codec = {"utf-8-sig": "utf-8", "ascii": "utf-8"}.get(codec, codec)
    if codec in {"utf-16", "utf-32"}:
        marked = next(
            (c for b, c in BOMS.items() if head.startswith(b) and c.startswith(codec)), None
        )
        codec = marked or f"{codec}-le"
    bom = BOM_OF_CODEC.get(codec, b"")
    return Encoding(codec, 1.0, bom if head.startswith(bom) else b"")


class Utf8Stream:
    """The text as UTF-8. Bytes that are invalid in the source's encoding come out as invalid UTF-8, so that whoever splits
    the lines finds them there and can reject exactly those lines."""

    def __init__(self, source: Readable, encoding: Encoding, head: bytes) -> None:
        self._source = source
        self._pending = head[len(encoding.bom) :]
        self._decoder = (
            None
            if encoding.name == "utf-8"
            else codecs.getincrementaldecoder(encoding.name)(errors="mark-invalid")
        )

    def read(self, size: int) -> bytes:
        """About `size` bytes; none only at the end."""
        while True:
            raw, self._pending = self._pending, b""
            raw = raw or self._source.read(size)
            if self._decoder is None:
                return raw
            text = self._decoder.decode(raw, final=not raw)
            if text or not raw:
                return text.encode("utf-8", "surrogatepass")


def _mark_invalid(error: UnicodeError) -> tuple[str, int]:
    """A lone surrogate stands for what could not be decoded: no valid text contains one."""
    if isinstance(error, UnicodeDecodeError):
        return "\udcff", error.end
    raise error


codecs.register_error("mark-invalid", _mark_invalid)


def _utf16(head: bytes) -> str | None:
    sample = head[:GUESS_BYTES]
    if len(sample) < 4 or b"\0" not in sample:
        return None
    odd, even = sample[1::2], sample[::2]
    odd_share, even_share = odd.count(0) / len(odd), even.count(0) / len(even)
    if odd_share > MIN_NUL_SHARE and even_share < odd_share / 10:
        return "utf-16-le"
    if even_share > MIN_NUL_SHARE and odd_share < even_share / 10:
        return "utf-16-be"
    return None


def _valid_utf8(head: bytes, *, whole: bool) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head, final=whole)
    except UnicodeDecodeError:
        return False
    return True


def _mostly_utf8(head: bytes) -> bool:
    """Lines that use bytes above 127 and are valid UTF-8 outnumber those that are not."""
    lines = [line for line in head[: 16 * GUESS_BYTES].splitlines()[:-1] if not line.isascii()]
    if not lines:
        return False
    invalid = sum(not _valid_utf8(line, whole=True) for line in lines)
    return invalid / len(lines) <= MAX_DAMAGE


def _guess(head: bytes) -> Encoding:
    telling = b"\n".join(line for line in head.splitlines() if not line.isascii())[:GUESS_BYTES]
    from charset_normalizer import from_bytes  # a tenth of a second, and few files need it

    best = from_bytes(telling).best()
    name = "cp1252" if best is None else _believed(best, telling) or "cp1252"
    if name == "cp1252" and set(telling) & {0x81, 0x8D, 0x8F, 0x90, 0x9D}:
        name = "latin-1"  # cp1252 leaves these five undefined
    confidence = 0.5 if best is None else round(0.5 + 0.3 * best.coherence, 2)
    warning = (
        f"The encoding {name} is a guess: nearly every text can be read in it, rightly or not. "
        "Look at the letters with accents, and pin `encoding` in the template."
    )
    return Encoding(name, confidence, warning=warning)


def _believed(match: "CharsetMatch", text: bytes) -> str | None:
    if match.encoding in CENTRAL_EUROPEAN:
        return match.encoding if match.language in CENTRAL_LANGUAGES else None
    together = sum(map(len, NEIGHBOURS.findall(text)))
    above = len(text) - len(text.translate(None, bytes(range(128, 256))))
    if together < MIN_NEIGHBOURS * above:
        return None
    same = (match.encoding, *match.could_be_from_charset)
    return next((name for name in same if name in NOT_WESTERN), None)
