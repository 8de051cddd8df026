"""What everybody writes first: read_csv, pandera, to_sql. The yardstick for ratio_to_pandas."""

import sys

import pandas as pd
import pandera.pandas as pa
from sqlalchemy import create_engine

SCHEMA = pa.DataFrameSchema(
    {
        "id": pa.Column(int),
        "customer": pa.Column(str),
        "email": pa.Column(str, pa.Check.str_matches(r"^[^@]+@.+$")),
        "amount": pa.Column(float, pa.Check.ge(0), nullable=True),
        "quantity": pa.Column(float, pa.Check.in_range(1, 1000), nullable=True),
        "score": pa.Column(float, pa.Check.in_range(0, 1)),
        "active": pa.Column(bool),
        "day": pa.Column("datetime64[us]", nullable=True),
        "created_at": pa.Column("datetime64[us]"),
        "note": pa.Column(str, pa.Check.str_length(max_value=200)),
    }
)


def load(path: str, url: str) -> int:
    frame = pd.read_csv(path, parse_dates=["created_at"])
    frame["quantity"] = pd.to_numeric(frame["quantity"], errors="coerce")
    frame["day"] = pd.to_datetime(frame["day"], errors="coerce").astype("datetime64[us]")
    frame["created_at"] = frame["created_at"].astype("datetime64[us]")
    try:
        SCHEMA.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as error:
        frame = frame.drop(error.failure_cases["index"].dropna().unique())
    frame = frame.dropna()
    frame.to_sql("naive", create_engine(url), schema="uploads", if_exists="replace", index=False)
    return len(frame)


if __name__ == "__main__":
    print(load(sys.argv[1], sys.argv[2]))
