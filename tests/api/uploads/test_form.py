"""A form means the same however it is cut into pieces on its way."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.uploading.form import Form, MalformedFormError, PartBegins, PartData, PartEnds

KIND = "multipart/form-data; boundary=cut"
CONTENT = b"a,b\r\n--cu\r\n--cut_\r\n\r\n-\x00\xff--\r\n--"
BODY = (
    b'--cut\r\nContent-Disposition: form-data; name="template"\r\n\r\norders\r\n'
    b'--cut\r\nContent-Disposition: form-data; name="file"; filename="\xc3\xa4 \\"x\\".csv"\r\n'
    b"Content-Type: text/csv\r\n\r\n" + CONTENT + b"\r\n--cut--\r\n"
)


def parts(form: Form, pieces: list[bytes]) -> list[tuple[str, str | None, bytes]]:
    """Name, file name and content of each part."""
    found: list[tuple[str, str | None, bytes]] = []
    for piece in pieces:
        for event in form.feed(piece):
            if isinstance(event, PartBegins):
                found.append((event.name, event.file_name, b""))
            elif isinstance(event, PartData):
                name, file_name, content = found[-1]
                found[-1] = (name, file_name, content + event.data)
            else:
                assert event == PartEnds()
    form.finish()
    return found


@settings(max_examples=300, deadline=None)
@given(st.lists(st.integers(0, len(BODY)), max_size=12))
def test_a_form_may_be_cut_anywhere(cuts: list[int]) -> None:
    places = [0, *sorted(cuts), len(BODY)]
    pieces = [BODY[start:end] for start, end in pairwise(places)]
    assert parts(Form(KIND), pieces) == [
        ("template", None, b"orders"),
        ("file", 'ä "x".csv', CONTENT),
    ]


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400))
def test_whatever_comes_is_a_form_or_malformed(body: bytes) -> None:
    form = Form(KIND)
    with pytest.raises(MalformedFormError):
        parts(form, [body])


@pytest.mark.parametrize(
    "kind", ["multipart/form-data", f"multipart/form-data; boundary={'x' * 500}"]
)
def test_a_boundary_that_is_missing_or_endless_is_refused(kind: str) -> None:
    with pytest.raises(MalformedFormError):
        Form(kind)


def test_a_form_that_is_cut_off_is_not_complete() -> None:
    with pytest.raises(MalformedFormError, match="ends before its form"):
        parts(Form(KIND), [BODY[:-10]])
