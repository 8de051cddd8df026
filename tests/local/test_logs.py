from pathlib import Path

from dataviz_pipelines.local.logs import rotate_logs


def test_a_large_log_is_emptied_under_its_writer_and_its_text_is_kept(tmp_path: Path) -> None:
    log = tmp_path / "api.log"
    with log.open("a") as writer:
        writer.write("old " * 100)
        writer.flush()
        rotate_logs(tmp_path, largest_bytes=100)
        writer.write("new")
    assert log.read_text() == "new"
    assert (tmp_path / "api.log.1").read_text() == "old " * 100


def test_a_small_log_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "api.log").write_text("short")
    rotate_logs(tmp_path, largest_bytes=100)
    assert [path.name for path in tmp_path.iterdir()] == ["api.log"]


def test_no_more_than_the_newest_copies_are_kept(tmp_path: Path) -> None:
    for number in range(5):
        (tmp_path / "api.log").write_text(str(number) * 200)
        rotate_logs(tmp_path, largest_bytes=100, kept=2)
    copies = {path.name: path.read_text()[0] for path in tmp_path.glob("*.log.*")}
    assert copies == {"api.log.1": "4", "api.log.2": "3"}
