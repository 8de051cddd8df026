"""What lies in `claimed`, and how it leaves."""

from pathlib import Path

import pytest

from dataviz_pipelines.core.ingestion.drops import claims
from dataviz_pipelines.core.ingestion.drops.claims import Claim
from dataviz_pipelines.core.models.ids import new_id


def claimed_file(tmp_path: Path, name: str = "a.csv") -> Path:
    path = tmp_path / "claimed/orders" / str(new_id()) / name
    path.parent.mkdir(parents=True)
    path.write_bytes(b"a\n1\n")
    return path


def test_a_claim_without_its_file_is_still_a_claim(tmp_path: Path) -> None:
    path = claimed_file(tmp_path)
    empty = tmp_path / "claimed/orders" / str(new_id())
    empty.mkdir()
    (tmp_path / "claimed/orders/not an id").mkdir()
    found = {str(claim.upload_id): claim for claim in claims.claims(tmp_path / "claimed")}
    assert sorted(found) == sorted([path.parent.name, empty.name])
    with_file = found[path.parent.name]
    assert with_file == Claim(with_file.upload_id, "orders", path, 4)
    assert found[empty.name].path is None


def test_moving_twice_is_moving_once(tmp_path: Path) -> None:
    path, target = claimed_file(tmp_path), tmp_path / "archive/orders/a.csv"
    for _ in range(2):
        claims.move(path, target)
    assert (path.exists(), target.read_bytes()) == (False, b"a\n1\n")


@pytest.mark.parametrize("name", ["a.csv", "reason.txt", "a.csv.reason.txt", "x" * 251 + ".csv"])
def test_the_reason_stands_beside_the_file_and_goes_when_the_file_goes(
    tmp_path: Path, name: str
) -> None:
    path, target = claimed_file(tmp_path, name), tmp_path / "archive" / name
    claims.explain(path, "It is empty.")
    assert claims.reason_file(path).read_text() == "It is empty.\n"
    assert path.read_bytes() == b"a\n1\n"
    claims.move(path, target)
    assert list(path.parent.iterdir()) == []


def test_nothing_is_explained_where_no_file_is(tmp_path: Path) -> None:
    claims.explain(tmp_path / "gone.csv", "It is gone.")
    assert list(tmp_path.iterdir()) == []
