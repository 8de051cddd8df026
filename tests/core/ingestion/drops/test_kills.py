"""kill -9 at moments that nobody chose."""

import json
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dataviz_pipelines.core.fates import Fate
from dataviz_pipelines.core.ingestion.drops.service import heal_batches
from dataviz_pipelines.core.models.uploads import UploadStatus
from tests.dropbox import DropBox

ROOT = Path(__file__).parents[4]
ROUNDS = 5
FILES = 8


def kill_a_worker(box: DropBox, run_id: str, *, after_s: float) -> None:
    given = {
        "home": str(box.settings.root),
        "url": box.engine.url.render_as_string(hide_password=False),
        "run_id": run_id,
    }
    with subprocess.Popen(
        [sys.executable, "-m", "tests.core.ingestion.drops.worker"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as worker:
        assert worker.stdin is not None
        assert worker.stdout is not None
        worker.stdin.write(json.dumps(given) + "\n")
        worker.stdin.flush()
        assert worker.stdout.readline() == "ready\n"
        time.sleep(after_s)
        worker.kill()


@pytest.mark.slow
def test_R1_R2_R3_R4_whenever_the_process_is_killed_each_file_is_loaded_once(box: DropBox) -> None:
    chance = random.Random(4)  # noqa: S311  # moments, not secrets
    expected = []
    for round_number in range(ROUNDS):
        for number in range(FILES):
            amount = round_number * FILES + number
            box.drop(f"{amount}.csv", f"name,amount\nbolt,{amount}\n".encode())
            expected.append(("bolt", amount))
        kill_a_worker(box, f"killed {round_number}", after_s=chance.uniform(0.01, 1.2))
        heal_batches(box.drops, lambda _: Fate.LOST)
        box.load(f"after {round_number}")
    box.take()
    assert box.rows() == expected
    assert {record.status for record in box.records()} == {UploadStatus.SUCCEEDED}
    assert len(box.left_in(box.settings.archive)) == len(expected)
    assert box.left_in(box.settings.claimed) == box.left_in(box.settings.inbox) == []
    assert list((box.settings.claimed / "orders").iterdir()) == []
