"""Encodings that are found, and what is not valid in them."""

from pathlib import Path

import pytest

from dataviz_pipelines.core.ingestion.errors import UnreadableFileError
from tests.core.ingestion.reading.reads import read_bytes

TEXT = "id,name\n" + "".join(f"{n},Müller {n}\n" for n in range(20))


@pytest.mark.parametrize(
    ("codec", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("utf-16", "utf-16-le"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("utf-32", "utf-32-le"),
        ("cp1252", "cp1252"),
    ],
)
def test_F23_the_encoding_is_found(tmp_path: Path, codec: str, found: str) -> None:
    read = read_bytes(tmp_path, TEXT.encode(codec))
    assert read.profile.detected["encoding"].value == found
    assert read.profile.columns == ("id", "name")
    assert read.rows[3] == ("3", "Müller 3")


def test_F23_a_guessed_encoding_is_a_warning(tmp_path: Path) -> None:
    read = read_bytes(tmp_path, TEXT.encode("latin-1"))
    assert read.profile.detected["encoding"].confidence < 0.9
    assert "cp1252 is a guess" in read.profile.warnings[0]


def test_cyrillic_is_told_from_western_text(tmp_path: Path) -> None:
    names = ["Москва", "Санкт-Петербург", "Новосибирск", "Екатеринбург", "Казань", "Самара", "Омск"]
    text = "номер,город\n" + "".join(f"{n},{names[n % 7]}\n" for n in range(40))
    read = read_bytes(tmp_path, text.encode("cp1251"))
    assert read.rows[0] == ("0", "Москва")


def test_a_pinned_encoding_is_used(tmp_path: Path) -> None:
    read = read_bytes(tmp_path, "id,name\n1,Łódź\n".encode("cp1250"), encoding="cp1250")
    assert read.rows == [("1", "Łódź")]
    assert read.profile.detected["encoding"].pinned


def test_an_encoding_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="'utf-9' does not exist"):
        read_bytes(tmp_path, b"a,b\n1,2\n", encoding="utf-9")


def test_lines_invalid_in_a_wide_encoding_are_rejected_alone(tmp_path: Path) -> None:
    content = "a,b\n1,x\n2,y\n3,z\n".encode("utf-16-le").replace(b"y\0", b"\x00\xd8")
    read = read_bytes(tmp_path, content, encoding="utf-16-le")
    assert [row[0] for row in read.rows] == ["1", "3"]
    assert read.rules == [(3, "invalid_encoding")]


@pytest.mark.parametrize("content", [bytes(range(256)) * 40, b"\x01\x02\x03\x04\x05" * 100])
def test_S58_binary_junk_named_csv_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(UnreadableFileError, match=r"file\.csv is no text"):
        read_bytes(tmp_path, content)


def test_western_accents_are_taken_for_cp1252(tmp_path: Path) -> None:
    rows = "".join(f"{n},Café {n},Besançon,Zürich\n" for n in range(20))
    read = read_bytes(tmp_path, f"id,place,city,other\n{rows}".encode("latin-1"))
    assert read.profile.detected["encoding"].value == "cp1252"
    assert read.rows[0] == ("0", "Café 0", "Besançon", "Zürich")


def test_a_single_byte_above_ascii_is_no_evidence_for_another_script(tmp_path: Path) -> None:
    read = read_bytes(tmp_path, "a,b,c\n1,2,3\n4,5,\u00a9\n".encode("latin-1"))
    assert read.profile.detected["encoding"].value == "cp1252"
    assert read.rows[1] == ("4", "5", "\u00a9")


@pytest.mark.parametrize("codec", ["cp932", "euc_jp"])
def test_japanese_is_told_from_western_text(tmp_path: Path, codec: str) -> None:
    names = ["東京都", "大阪府の町", "カタカナ", "ひらがなの文", "札幌市", "名古屋市です"]
    text = "番号,名前\n" + "".join(f"{n},{names[n % 6]}\n" for n in range(40))
    read = read_bytes(tmp_path, text.encode(codec))
    assert read.rows[:3] == [("0", "東京都"), ("1", "大阪府の町"), ("2", "カタカナ")]
