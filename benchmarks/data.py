"""Files to measure with: made once, the same every time, kept in benchmarks/.data."""

from pathlib import Path

import numpy as np
import polars as pl
from openpyxl import Workbook

FOLDER = Path(__file__).parent / ".data"
SEED = 7
BAD_SHARE = 100  # one row in so many breaks a rule
WORDS = [
    "alpha",
    "bravo",
    "charlie",
    "delta",
    "echo",
    "foxtrot",
    "golf",
    "hotel",
    "india",
    "juliett",
]
CHUNK = 1_000_000


def orders_csv(rows: int) -> Path:
    """10 columns, about 150 bytes a row, 1 % of the rows bad in one of three ways."""
    path = FOLDER / f"orders_{rows}.csv"
    if not path.exists():
        FOLDER.mkdir(exist_ok=True)
        partial = path.with_suffix(".part")
        with partial.open("wb") as file:
            for first in range(0, rows, CHUNK):
                frame = orders(first, min(CHUNK, rows - first))
                frame.write_csv(file, include_header=first == 0)
        partial.rename(path)
    return path


def orders_xlsx(rows: int) -> Path:
    path = FOLDER / f"orders_{rows}.xlsx"
    if not path.exists():
        FOLDER.mkdir(exist_ok=True)
        book = Workbook(write_only=True)
        sheet = book.create_sheet("orders")
        frame = orders(0, rows).with_columns(
            pl.col("id").cast(pl.Int64), pl.col("score").cast(pl.Float64)
        )
        sheet.append(frame.columns)
        for row in frame.iter_rows():
            sheet.append(row)
        book.save(path)
    return path


def good_csv(source: Path) -> Path:
    """The rows of `source` that pass, for a COPY that would stop at a bad one. As many rows: good ones fill the gaps."""
    path = source.with_name(f"good_{source.name}")
    if not path.exists():
        frame = pl.scan_csv(source, infer_schema=False)
        good = (
            (pl.col("quantity") != "many")
            & (pl.col("day") != "2020-13-45")
            & (pl.col("amount") != "-5.00")
        )
        fill = frame.filter(good).head(frame.select(pl.len()).collect().item() // BAD_SHARE * 2)
        missing = frame.filter(~good).select(pl.len()).collect().item()
        pl.concat([frame.filter(good), fill.head(missing)]).sink_csv(path, include_header=False)
    return path


def orders(first: int, rows: int) -> pl.DataFrame:
    random = np.random.default_rng([SEED, first])
    words = np.array(WORDS)
    number = pl.Series(random.integers(0, 10**9, rows)).cast(pl.String)
    start = np.datetime64("2020-01-01T00:00:00", "ms")
    days = start.astype("datetime64[D]") + random.integers(0, 2_000, rows)
    frame = pl.DataFrame(
        {
            "id": pl.int_range(first + 1, first + rows + 1, eager=True).cast(pl.String),
            "customer": pl.Series(words[random.integers(0, len(words), rows)]) + " " + number,
            "email": "user" + number + "@example.org",
            "amount": pl.Series(random.integers(0, 10**7, rows) / 100)
            .round(2)
            .cast(pl.Decimal(12, 2)),
            "quantity": pl.Series(random.integers(1, 1_000, rows)),
            "score": pl.Series(random.random(rows)),
            "active": pl.Series(random.integers(0, 2, rows).astype(bool)),
            "day": pl.Series(days).cast(pl.Date),
            "created_at": pl.Series(start + random.integers(0, 10**8, rows) * 1_000).dt.strftime(
                "%Y-%m-%dT%H:%M:%S"
            ),
            "note": pl.Series(words[random.integers(0, len(words), rows)])
            + " lorem ipsum dolor sit amet",
        }
    ).with_columns(pl.all().cast(pl.String))
    kind = np.where(random.integers(0, BAD_SHARE, rows) == 0, random.integers(1, 4, rows), 0)
    return frame.with_columns(
        _spoilt("quantity", kind == 1, "many"),
        _spoilt("day", kind == 2, "2020-13-45"),
        _spoilt("amount", kind == 3, "-5.00"),
    )


def _spoilt(column: str, where: "np.ndarray[tuple[int], np.dtype[np.bool_]]", text: str) -> pl.Expr:
    return pl.when(pl.Series(where)).then(pl.lit(text)).otherwise(pl.col(column)).alias(column)


TEMPLATE = {
    "name": "orders",
    "file_format": "csv",
    "max_file_size_mb": 16_000,
    "validation_rules": {
        "columns": [
            {"name": "id", "type": "integer", "nullable": False},
            {"name": "customer", "nullable": False},
            {"name": "email", "pattern": "[^@]+@.+"},
            {"name": "amount", "type": "decimal", "precision": 12, "scale": 2, "min": 0},
            {"name": "quantity", "type": "integer", "min": 1, "max": 1000},
            {"name": "score", "type": "float", "min": 0, "max": 1},
            {"name": "active", "type": "boolean"},
            {"name": "day", "type": "date"},
            {"name": "created_at", "type": "timestamp"},
            {"name": "note", "max_length": 200},
        ]
    },
    "destination_config": {"table": "orders"},
}
COLUMNS = (
    "id bigint, customer text, email text, amount numeric(12,2), quantity bigint, score double precision, "
    "active boolean, day date, created_at timestamp, note text"
)
