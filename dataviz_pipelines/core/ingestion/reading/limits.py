"""How much of anything a reader accepts, so that no file can exhaust memory or disk."""

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """Sizes are bytes. `max_ratio` bounds unpacked to packed size; it counts only above `ratio_floor_bytes`, because
    small repetitive files pack far better than any honest large one."""

    max_bytes: int = 4 * 1024 * MIB
    max_uncompressed_bytes: int = 64 * 1024 * MIB
    max_ratio: int = 200
    ratio_floor_bytes: int = 32 * MIB
    max_record_bytes: int = 16 * MIB
    max_lookahead_bytes: int = 1 * MIB  # how far a quoted cell may run over line ends
    block_bytes: int = 8 * MIB
    max_zip_entries: int = 10_000
    max_sheets: int = 1_000
    max_cells: int = 20_000_000  # rows times columns of one sheet, which is held in memory
    max_workbook_bytes: int = 512 * MIB  # unpacked: a workbook's XML is held in memory
