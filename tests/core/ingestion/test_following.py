"""A load that others follow, and stop, by its record."""

import pytest

from dataviz_pipelines.core.ingestion import following
from dataviz_pipelines.core.ingestion.errors import UploadCancelledError
from dataviz_pipelines.core.ingestion.loading import Watching
from dataviz_pipelines.core.ingestion.service import load_upload
from dataviz_pipelines.core.models.documents.outcomes import Stage, UploadProgress
from tests.core.ingestion.loads import Bench
from tests.factories import document

ID = document({"name": "id", "type": "integer"}, file={"max_reject_rate": 1.0})
CANCEL = "UPDATE upload_history SET cancel_requested_at = now()"


def test_F37_a_cancel_at_the_last_moment_leaves_no_reject_file(bench: Bench) -> None:
    """It comes when all has been read, and is seen by the statement that would record the success."""
    upload_id = bench.register(ID, bench.file("id\n1\nx\n"))

    def cancel(progress: UploadProgress) -> None:
        if progress.stage is Stage.WRITING:
            bench.query(CANCEL)

    with pytest.raises(UploadCancelledError):
        load_upload(bench.ingestion, upload_id, watching=Watching(on_progress=cancel))
    record = bench.record(upload_id)
    assert (record.status, record.reject_path, record.records_processed) == ("cancelled", None, 0)
    assert not bench.exists()
    assert not list(bench.ingestion.rejects.rglob("*.*"))


def test_F37_what_was_cancelled_while_it_waited_never_begins(bench: Bench) -> None:
    upload_id = bench.register(ID, bench.file("id\n1\n"))
    bench.query(CANCEL)
    with pytest.raises(UploadCancelledError):
        load_upload(bench.ingestion, upload_id)
    assert (bench.record(upload_id).attempt, bench.exists()) == (0, False)


def test_F37_others_see_how_far_a_load_is_and_can_stop_it(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "EVERY_S", 0.0)
    upload_id = bench.register(ID, bench.file("id\n1\nx\n"))
    seen = []

    def look(progress: UploadProgress) -> None:
        seen.append(bench.query("SELECT progress FROM upload_history")[0][0])
        if progress.stage is Stage.READING:
            bench.query(CANCEL)

    with pytest.raises(UploadCancelledError, match="cancelled; nothing was loaded"):
        load_upload(bench.ingestion, upload_id, watching=Watching(on_progress=look))
    assert seen == [None]
    ((left,),) = bench.query("SELECT progress FROM upload_history")
    assert left is None
