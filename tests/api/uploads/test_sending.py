"""Files go in through a form, and come out as rows, as rejects, or with a reason."""

import pytest

from tests.api.people import Person
from tests.api.uploads.sending import MIXED, UPLOADS, read, send
from tests.dropbox import DropBox

pytestmark = pytest.mark.usefixtures("worker")


def test_a_small_file_is_loaded_when_the_request_is_answered(
    uploader: Person, box: DropBox, orders: str
) -> None:
    answer = send(uploader, MIXED)
    assert answer.status_code == 201, answer.text
    row = answer.json()
    assert (row["status"], row["source"], row["created_by"]) == (
        "succeeded",
        "api",
        str(uploader.id),
    )
    assert (row["records_processed"], row["records_success"], row["records_failed"]) == (3, 2, 1)
    assert (row["file_name"], row["file_size_bytes"]) == ("orders.csv", len(MIXED))
    assert row["template_id"] == orders
    assert answer.headers["location"] == f"{UPLOADS}/{row['id']}"
    assert read(uploader, row["id"])["status"] == "succeeded"
    assert box.rows() == [("bolt", 2), ("nail", 3)]
