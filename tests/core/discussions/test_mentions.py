"""Who is named in a text."""

from uuid import UUID

import pytest

from dataviz_pipelines.core.crud.errors import InvalidRowError
from dataviz_pipelines.core.discussions.mentions import MAX_MENTIONS, mentions, require_few

ADA = UUID("0190b6a0-0000-7000-8000-000000000001")


@pytest.mark.parametrize(
    ("text", "emails"),
    [
        ("@ada@example.org", {"ada@example.org"}),
        ("Ask @Ada@Example.org.", {"ada@example.org"}),
        ("(@ada@example.org, @bob.b+x@mail.example.org!)", {"ada@example.org", "bob.b+x@mail.example.org"}),
        ("ada@example.org wrote", set()),
        ("x@@ada@example.org", set()),
        ("@ada", set()),
        ("@ada@", set()),
        ("@ ada@example.org", set()),
        ("", set()),
    ],
)  # fmt: skip
def test_f81_an_address_after_an_at_sign_is_a_mention(text: str, emails: set[str]) -> None:
    assert mentions(text).emails == emails


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        (f"@{ADA}", {ADA}),
        (f"@{str(ADA).upper()}, please", {ADA}),
        (f"@{ADA}@{ADA}", {ADA}),
        (f"@{ADA}-1", set()),
        (f"{ADA}", set()),
        (f"@{str(ADA)[:-1]}", set()),
    ],
)
def test_f81_an_id_after_an_at_sign_is_a_mention(text: str, ids: set[UUID]) -> None:
    assert mentions(text).ids == ids


def test_f81_who_was_mentioned_before_is_not_mentioned_anew() -> None:
    before, after = mentions("@a@b.org @c@d.org"), mentions("@c@d.org @e@f.org")
    assert (after - before).emails == {"e@f.org"}


def test_f81_a_comment_mentions_only_so_many() -> None:
    few = " ".join(f"@p{number}@example.org" for number in range(MAX_MENTIONS))
    require_few(few)
    with pytest.raises(InvalidRowError):
        require_few(f"{few} @{ADA}")
