"""What a file is, by its first bytes and its name; where the two contradict each other it is refused (S58)."""

from dataclasses import dataclass
from pathlib import Path

from dataviz_pipelines.core.ingestion.errors import UnreadableFileError

GZIP, ZIP, OLE = b"\x1f\x8b", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
EMPTY_ZIP = b"PK\x05\x06"

TEXT_SUFFIXES = {".csv", ".tsv", ".tab", ".txt", ".psv", ".dat", ".asc"}
JSON_SUFFIXES = {".json", ".ndjson", ".jsonl", ".geojson"}
WORKBOOK_SUFFIXES = {".xlsx": ZIP, ".xls": OLE}
REFUSED_SUFFIXES = {
    ".xlsm": "a workbook with macros",
    ".xltm": "a workbook template with macros",
    ".xlsb": "a binary workbook",
    ".ods": "an OpenDocument spreadsheet",
    ".parquet": "a Parquet file",
}
FOREIGN_MAGIC = {
    b"%PDF": "a PDF document",
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF8": "a GIF image",
    b"PAR1": "a Parquet file",
    b"7z\xbc\xaf": "a 7-Zip archive",
    b"Rar!": "a RAR archive",
    b"BZh": "a bzip2 file",
    b"\xfd7zXZ": "an xz file",
    b"\x28\xb5\x2f\xfd": "a Zstandard file",
    b"SQLite format 3": "an SQLite database",
    b"\x7fELF": "a program",
    b"MZ\x90\x00": "a program",
}
OWN_MAGIC = {
    GZIP: "a gzip file",
    ZIP: "a ZIP archive or an XLSX workbook",
    EMPTY_ZIP: "an empty ZIP archive",
    OLE: "an old Excel workbook (XLS) or an encrypted workbook",
}


@dataclass(frozen=True)
class Kind:
    file_format: str  # csv, json, xlsx, xls
    compression: str | None = None  # gzip, zip


def kind_of(path: Path) -> Kind:
    """Raises UnreadableFileError for what no reader here can read."""
    with path.open("rb") as file:
        magic = file.read(16)
    if not magic:
        raise UnreadableFileError(f"{path.name} is empty.", remedy="Send the file again.")
    name = path.name.lower()
    suffix = Path(name).suffix
    if suffix in REFUSED_SUFFIXES:
        raise UnreadableFileError(
            f"{path.name} is {REFUSED_SUFFIXES[suffix]}, which is not read.",
            remedy="Save it as XLSX or CSV.",
        )
    compression = {".gz": "gzip", ".zip": "zip"}.get(suffix)
    if compression:
        _check_magic(path.name, suffix, magic, {"gzip": (GZIP,), "zip": (ZIP,)}[compression])
        inner = Path(name.removesuffix(suffix)).suffix
        return Kind(format_of(inner), compression)
    if suffix in WORKBOOK_SUFFIXES:
        _check_workbook(path.name, suffix, magic)
        return Kind(suffix.removeprefix("."))
    _check_magic(path.name, suffix, magic, ())
    return Kind(format_of(suffix))


def foreign_kind(magic: bytes) -> str | None:
    """What bytes that are no text belong to."""
    known = FOREIGN_MAGIC | OWN_MAGIC
    return next((what for start, what in known.items() if magic.startswith(start)), None)


def format_of(suffix: str) -> str:
    """By the extension of the file itself, or of the one that is packed in it."""
    if suffix in WORKBOOK_SUFFIXES:
        return suffix.removeprefix(".")
    return "json" if suffix in JSON_SUFFIXES else "csv"


def _check_magic(name: str, suffix: str, magic: bytes, allowed: tuple[bytes, ...]) -> None:
    if allowed and magic.startswith(allowed):
        return
    what = foreign_kind(magic)
    if what is None and not allowed:
        return
    raise UnreadableFileError(
        f"{name} is named {suffix or 'without an extension'} but its content is {what or 'something else'}.",
        remedy="Give it the name of what it is, or export it again.",
    )


def _check_workbook(name: str, suffix: str, magic: bytes) -> None:
    if suffix == ".xlsx" and magic.startswith(OLE):
        raise UnreadableFileError(
            f"{name} is an encrypted workbook, or an old XLS workbook named .xlsx.",
            remedy="Remove the password in Excel (File, Info, Protect Workbook) and save it as XLSX.",
        )
    _check_magic(name, suffix, magic, (WORKBOOK_SUFFIXES[suffix],))
