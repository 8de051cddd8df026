"""Where a query's strings, comments and placeholders are, by the rules of each kind of database."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataviz_pipelines.core.queries.errors import QueryRefusedError
from dataviz_pipelines.core.queries.lexing import LEXICONS, Kind, pieces, without_comments

KINDS = sorted(LEXICONS)
LITERALS = {
    "postgresql": ["'{}'", '"{}"', "$${}$$", "$a${}$a$", "E'{}'", "e'\\'{}'", "'a''{}'", "U&'{}'"],
    "mysql": ["'{}'", '"{}"', "`{}`", "'\\'{}'", '"\\"{}"', "'a''{}'", "_utf8'{}'"],
    "bigquery": ["'{}'", '"{}"', "`{}`", "'''{}'''", '"""{}"""', "r'{}'", "'\\'{}'", "'''a' {}'''"],
}
COMMENTS = {
    "postgresql": ["--{}\n", "/*{}*/", "/* /*{}*/ */"],
    "mysql": ["-- {}\n", "#{}\n", "/*{}*/", "/*!{}*/"],
    "bigquery": ["--{}\n", "#{}\n", "/*{}*/"],
}


def placeholders(text: str, kind: str) -> list[str]:
    return [
        text[each.start : each.end]
        for each in pieces(text, LEXICONS[kind])
        if each.kind is Kind.PLACEHOLDER
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_F61_a_name_behind_a_colon_is_a_placeholder(kind: str) -> None:
    assert placeholders("SELECT :a,(:b) FROM t WHERE x=:c1 AND y>= :_d", kind) == [
        ":a",
        ":b",
        ":c1",
        ":_d",
    ]


def test_F61_casts_slices_and_assignments_are_none() -> None:
    assert placeholders(
        "SELECT a::int, '1'::text, b[1:n], \"c\"::x, (a)::date, :d::int", "postgresql"
    ) == [":d"]
    assert placeholders("SELECT @a:=1, :b", "mysql") == [":b"]
    assert placeholders("SELECT $1, x$:a, :b", "postgresql") == [":b"]


@pytest.mark.parametrize(
    ("kind", "form"), [(k, f) for k in KINDS for f in (*LITERALS[k], *COMMENTS[k])]
)
def test_F61_within_quotes_and_comments_are_none(kind: str, form: str) -> None:
    text = f"SELECT :a, {form.format(' :b ')} , :c"
    assert placeholders(text, kind) == [":a", ":c"]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        *((kind, text) for kind in KINDS for text in ("SELECT '", 'SELECT "', "SELECT /* a")),
        ("postgresql", "SELECT $$ a"),
        ("postgresql", "SELECT $a$ $b$"),
        ("postgresql", "SELECT /* /* */"),
        ("postgresql", r"SELECT E'\'"),
        ("mysql", r"SELECT '\'"),
        ("mysql", "SELECT `a"),
        ("bigquery", "SELECT '''a'"),
    ],
)
def test_what_does_not_end_is_refused(kind: str, text: str) -> None:
    with pytest.raises(QueryRefusedError, match="never closed"):
        pieces(text, LEXICONS[kind])


def test_backslashes_are_nothing_in_a_plain_string_of_postgresql() -> None:
    assert placeholders(r"SELECT '\', :a, '\'", "postgresql") == [":a"]
    assert placeholders(r"SELECT '\', :a, '", "mysql") == []


_FILLING = st.text(alphabet=" :ab1;%?@-*/\n", max_size=12)


@st.composite
def _queries(draw: st.DrawFn, kind: str) -> tuple[str, list[str]]:
    """Code, quoted text and comments in any order, and the placeholders that are really some."""
    text, expected = "SELECT ", []
    for number in range(draw(st.integers(0, 8))):
        form = draw(st.sampled_from(["placeholder", "code", *LITERALS[kind], *COMMENTS[kind]]))
        if form == "placeholder":
            expected.append(f":p{number}")
            text += f" {expected[-1]} "
        elif form == "code":
            text += draw(
                st.sampled_from(
                    [" a ", " 1 + 2 ", " f(x) ", " a::int " if kind == "postgresql" else " b "]
                )
            )
        else:
            filling = draw(_FILLING).replace("*/", "").replace("/*", "").replace("\n", " ")
            text += f" {form.format(filling.strip('*/') if '/*' in form else filling)} "
    return text, expected


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_F61_whatever_is_around_them_placeholders_are_found(kind: str, data: st.DataObject) -> None:
    text, expected = data.draw(_queries(kind))
    assert placeholders(text, kind) == expected


@pytest.mark.parametrize("kind", KINDS)
@given(text=st.text(alphabet="'\"`$\\ -/*#:aeEU&;\n%", max_size=40))
def test_F61_any_text_is_cut_without_loss_or_refused(kind: str, text: str) -> None:
    try:
        found = pieces(text, LEXICONS[kind])
    except QueryRefusedError:
        return
    assert "".join(text[each.start : each.end] for each in found) == text
    plain = without_comments(text, found)
    assert len(plain) == len(text)
    assert plain.count("\n") == text.count("\n")
    again = pieces(plain, LEXICONS[kind])
    ours = [plain[each.start : each.end] for each in again if each.kind is Kind.PLACEHOLDER]
    assert ours == [text[each.start : each.end] for each in found if each.kind is Kind.PLACEHOLDER]
