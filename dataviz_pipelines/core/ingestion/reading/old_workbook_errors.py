"""Error cells of an XLS workbook, which the fast reader gives as empty ones: just enough of its two layers to find them.

Outside, an OLE container: a small file system of sectors in chains. Inside, the workbook's stream: records of a type, a
length and a body (BIFF5 and BIFF8).
"""

import struct
from collections.abc import Iterator
from itertools import islice

from dataviz_pipelines.core.ingestion.reading.workbook_errors import ErrorCells

LAST_SECTOR = 0xFFFFFFFA  # numbers from here on end a chain
HEADER_BYTES, DIRECTORY_ENTRY, MINI_SECTOR = 512, 128, 64
BOUND_SHEET, END_OF_SHEET, BOOLEAN_OR_ERROR, FORMULA = 0x85, 0x0A, 0x205, 0x06
ERRORS = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
}


def old_error_cells(content: bytes, sheet: int) -> ErrorCells:
    """Of the sheet at that position from 0. Raises struct.error or ValueError when the file is damaged."""
    stream = _Container(content).stream("Workbook", "Book")
    starts = (
        struct.unpack_from("<I", body)[0]
        for kind, body in _records(stream, 0)
        if kind == BOUND_SHEET
    )
    start = next(islice(starts, sheet, None), None)
    cells: ErrorCells = {}
    if start is None:
        return cells
    for kind, body in _records(stream, start):
        code = _error_code(kind, body)
        if code is not None:
            row, column = struct.unpack_from("<HH", body)
            cells.setdefault(row + 1, {})[column] = ERRORS.get(code, "#ERROR")
    return cells


def _records(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """Up to the end of the sheet, or of the part before the first sheet."""
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        if kind == END_OF_SHEET:
            return
        yield kind, stream[at + 4 : at + 4 + length]
        at += 4 + length


def _error_code(kind: int, body: bytes) -> int | None:
    if kind == BOOLEAN_OR_ERROR and body[7]:
        return body[6]
    if kind == FORMULA and body[6] == 2 and body[12:14] == b"\xff\xff":
        return body[8]
    return None


class _Container:
    """An OLE file: sectors, the chains they form, and a directory of streams."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._sector = 1 << struct.unpack_from("<H", content, 30)[0]
        directory, self._cutoff, mini_fat = struct.unpack_from("<I4xII", content, 48)
        self._chains = self._numbers(self._fat_sectors())
        self._directory = self._read(directory)
        root_start, root_size = struct.unpack_from("<II", self._directory, 116)
        self._mini = self._read(root_start)[:root_size] if root_start < LAST_SECTOR else b""
        self._mini_chains = _unpacked(self._read(mini_fat)) if mini_fat < LAST_SECTOR else ()

    def stream(self, *names: str) -> bytes:
        for at in range(0, len(self._directory), DIRECTORY_ENTRY):
            entry = self._directory[at : at + DIRECTORY_ENTRY]
            length = struct.unpack_from("<H", entry, 64)[0]
            if entry[: max(0, length - 2)].decode("utf-16-le", "replace") in names:
                start, size = struct.unpack_from("<II", entry, 116)
                content = self._read_mini(start) if size < self._cutoff else self._read(start)
                return content[:size]
        raise ValueError("no workbook stream")

    def _fat_sectors(self) -> list[int]:
        """Where the table of chains itself lies: the header lists the first 109 sectors, a chain of lists the others."""
        listed = list(_unpacked(self._content[76:HEADER_BYTES]))
        following = struct.unpack_from("<I", self._content, 68)[0]
        for _ in range(len(self._content) // self._sector):
            if following >= LAST_SECTOR:
                break
            *more, following = _unpacked(self._at(following))
            listed += more
        return [sector for sector in listed if sector < LAST_SECTOR]

    def _numbers(self, sectors: list[int]) -> tuple[int, ...]:
        return _unpacked(b"".join(map(self._at, sectors)))

    def _at(self, sector: int) -> bytes:
        start = (sector + 1) * self._sector
        return self._content[start : start + self._sector]

    def _read(self, start: int) -> bytes:
        return b"".join(self._at(sector) for sector in _chain(start, self._chains))

    def _read_mini(self, start: int) -> bytes:
        sectors = _chain(start, self._mini_chains)
        return b"".join(self._mini[at * MINI_SECTOR : (at + 1) * MINI_SECTOR] for at in sectors)


def _chain(start: int, chains: tuple[int, ...]) -> Iterator[int]:
    for _ in range(len(chains)):  # a chain that bites its tail ends here
        if start >= len(chains):
            return
        yield start
        start = chains[start]


def _unpacked(content: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{len(content) // 4}I", content[: len(content) // 4 * 4])
