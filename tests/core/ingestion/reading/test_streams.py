"""Packed files, wrong names and limits: what is refused, and what is read."""

import gzip
import io
import zipfile
from pathlib import Path

import pytest

from dataviz_pipelines.core.ingestion.errors import UnreadableFileError
from dataviz_pipelines.core.ingestion.reading import Limits, open_source
from dataviz_pipelines.core.models.documents.uploads import ReaderConfig
from tests.core.ingestion.reading.reads import read_bytes, read_path

CSV = b"id,name\n" + b"".join(b"%d,name %d\n" % (n, n) for n in range(5_000))


def zipped(*members: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return out.getvalue()


def shown(value: object) -> str | None:
    """Archives bear the time at which they are made; two workers of one run must name their tests alike."""
    return f"{value[:4]!r}" if isinstance(value, bytes) else None


@pytest.mark.parametrize(
    ("name", "content", "compression"),
    [
        ("file.csv.gz", gzip.compress(CSV), "gzip"),
        ("file.csv.zip", zipped(("file.csv", CSV)), "zip"),
        ("file.zip", zipped(("__MACOSX/._file.csv", b"x"), ("a/file.csv", CSV)), "zip"),
    ],
    ids=shown,
)
def test_F22_packed_files_are_streamed(
    tmp_path: Path, name: str, content: bytes, compression: str
) -> None:
    read = read_bytes(tmp_path, content, name=name, limits=Limits(block_bytes=1_000))
    assert len(read.rows) == 5_000
    assert read.profile.compression == compression
    assert read.bytes_read <= len(content)


def test_the_format_is_that_of_the_file_inside_the_archive(tmp_path: Path) -> None:
    read = read_bytes(tmp_path, zipped(("a.json", b'[{"id": 1}]')), name="file.zip")
    assert (read.profile.file_format, read.rows) == ("json", [("1",)])


def test_a_zip_with_two_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="holds 2 files; exactly one"):
        read_bytes(tmp_path, zipped(("a.csv", CSV), ("b.csv", CSV)), name="file.zip")


def test_an_encrypted_zip_is_refused(tmp_path: Path) -> None:
    content = bytearray(zipped(("a.csv", CSV)))
    content[6] |= 1
    content[content.rindex(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(UnreadableFileError, match="protected with a password"):
        read_bytes(tmp_path, bytes(content), name="file.zip")


@pytest.mark.parametrize("kept", [30, 2_000])
def test_a_truncated_gzip_file_is_refused(tmp_path: Path, kept: int) -> None:
    with pytest.raises(UnreadableFileError, match=r"file\.csv\.gz is damaged or cut off"):
        read_bytes(tmp_path, gzip.compress(CSV)[:kept], name="file.csv.gz")


def test_a_truncated_zip_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="no complete ZIP archive"):
        read_bytes(tmp_path, zipped(("a.csv", CSV))[:-30], name="file.zip")


@pytest.mark.parametrize(
    "limits",
    [
        Limits(max_uncompressed_bytes=1_000_000, block_bytes=10_000),
        Limits(max_ratio=100, ratio_floor_bytes=1_000_000, block_bytes=10_000),
    ],
)
def test_F40_a_bomb_is_stopped_while_it_streams(tmp_path: Path, limits: Limits) -> None:
    bomb = gzip.compress(b"id,name\n" + b"1,aaaaaaaaaaaaaaaaaaaaaaaa\n" * 200_000)
    with pytest.raises(UnreadableFileError, match=r"unpacks to more than 1,[0-3]\d\d,\d\d\d bytes"):
        read_bytes(tmp_path, bomb, name="file.csv.gz", limits=limits)


def test_a_file_over_the_limit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="at most 100 are read"):
        read_bytes(tmp_path, CSV, limits=Limits(max_bytes=100))


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("file.csv", gzip.compress(CSV), "a gzip file"),
        ("file.csv", zipped(("a", b"x")), "a ZIP archive"),
        ("file.csv", b"%PDF-1.7 ...", "a PDF document"),
        ("file.csv", b"PAR1" + bytes(20), "a Parquet file"),
        ("file.csv.gz", CSV, "something else"),
        ("file.xlsx", CSV, "something else"),
        ("file.xls", zipped(("a", b"x")), "a ZIP archive or an XLSX workbook"),
        ("file.json", b"\x89PNG\r\n\x1a\n", "a PNG image"),
    ],
    ids=shown,
)
def test_S58_magic_bytes_that_contradict_the_extension_are_refused(
    tmp_path: Path, name: str, content: bytes, what: str
) -> None:
    with pytest.raises(UnreadableFileError, match=f"{name} is named .* its content is {what}"):
        read_bytes(tmp_path, content, name=name)


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf", b"  \n"])
def test_a_file_without_text_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(UnreadableFileError, match=r"file\.csv (is empty|holds no text)"):
        read_bytes(tmp_path, content)


def test_nothing_is_read_that_was_written_after_opening(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(CSV)
    source = open_source(path, ReaderConfig(), limits=Limits(block_bytes=1_000))
    with path.open("ab") as file:
        file.write(b"6000,late\n" * 10_000)
    chunks = list(source.chunks())
    source.close()
    assert sum(chunk.frame.height for chunk in chunks) == 5_000
    assert sum(chunk.bytes_read for chunk in chunks) == len(CSV)


@pytest.mark.parametrize("place", ["middle", "end"])
def test_a_line_too_long_for_memory_is_rejected_and_reading_goes_on(
    tmp_path: Path, place: str
) -> None:
    path = tmp_path / "file.csv"
    long_line = b"3," + b"x" * 500_000 + (b"\n4,d\n" if place == "middle" else b"")
    path.write_bytes(b"id,name\n1,a\n2,b\n" + long_line)
    read = read_path(path, limits=Limits(block_bytes=4_096, max_record_bytes=20_000))
    assert [row[0] for row in read.rows] == (["1", "2", "4"] if place == "middle" else ["1", "2"])
    assert read.rules == [(4, "line_too_long")]
    assert len(read.rejected[0].cells[0]) == 1_000
    assert read.lines == ([2, 3, 5] if place == "middle" else [2, 3])
