"""Names of files, whatever bytes they are."""

import os

import pytest

from dataviz_pipelines.core.ingestion.drops.names import MAX_BYTES, storable_name


@pytest.mark.parametrize(
    "name",
    ["orders.csv", "my orders (2).csv", "-rf.csv", "Bestellungen März.csv", "📦 a\u200db.csv", "a" * 251 + ".csv"],
)  # fmt: skip
def test_a_name_that_can_be_stored_is_kept(name: str) -> None:
    assert storable_name(name) == name


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        ("two\nlines.csv", r"two\nlines.csv"),
        ("bell\x07.csv", r"bell\x07.csv"),
        ("para\u2029graph.csv", r"para\u2029graph.csv"),
        (os.fsdecode(b"caf\xe9.csv"), r"caf\xe9.csv"),
    ],
)
def test_what_cannot_be_stored_or_shown_is_escaped(name: str, stored: str) -> None:
    assert storable_name(name) == stored


@pytest.mark.parametrize("unit", [b"\xff", "é\n".encode()])
def test_a_name_that_escapes_make_too_long_keeps_its_suffix(unit: bytes) -> None:
    name = os.fsdecode((unit * 255)[: MAX_BYTES - 4] + b".csv")
    stored = storable_name(name)
    assert len(stored.encode()) <= MAX_BYTES
    assert stored.endswith(".csv")
    assert "…" in stored
