"""Part 7: a table or column is found by name, comment, description or tag, by those who may see it."""

import pytest

from tests.api.access.things import PREFIX, Things
from tests.api.people import People, Person
from tests.api.search.catalog import column, names, search, table


def test_what_fits_better_comes_first(admin: Person, things: Things) -> None:
    source = things.make("data_source")
    table(things, source, "sales", "order", "order_id", "last_order", "reordered", "note")
    table(things, source, "log", "id", source_comment="Of every order")

    found = [(each["match"], each["column_name"]) for each in search(admin.http, "order")]

    assert found == [
        ("exact", "order"),
        ("prefix", "order_id"),
        ("word", "last_order"),
        ("similar", "reordered"),
        ("text", None),
    ]


def test_a_typing_error_is_forgiven_when_nothing_else_fits(admin: Person, things: Things) -> None:
    source = things.make("data_source")
    table(things, source, "sales", "customer_name", "weight")
    assert names(admin.http, "custmer_name") == ["customer_name"]

    table(things, source, "custmer_name")
    assert names(admin.http, "custmer_name") == ["custmer_name"]


@pytest.mark.parametrize("typed", ["ordre", "oder", "ordrs"])
def test_one_wrong_letter_of_a_short_name_is_forgiven_too(
    admin: Person, things: Things, typed: str
) -> None:
    table(things, things.make("data_source"), "order", "weight")
    assert names(admin.http, typed) == ["order"]


def test_tables_come_before_columns_that_fit_as_well(admin: Person, things: Things) -> None:
    source = things.make("data_source")
    table(things, source, "other", "price")
    table(things, source, "price")

    assert [each["kind"] for each in search(admin.http, "PRICE")] == ["table", "column"]
    assert [each["kind"] for each in search(admin.http, "price", kind="column")] == ["column"]


@pytest.mark.parametrize(
    ("name", "questions"),
    [
        ("customer_id", ["customer_id", "CUSTOMER_ID", "customer id", "id customer", "stomer"]),
        ("dueDate", ["duedate", "due date", "date", "DueDate"]),
        ("HTTPServerName", ["server", "http server name"]),
        ("Größe", ["größe", "GRößE", "größ"]),
        ("straße_名前", ["名前", "straße"]),
        ("🚀_launch", ["🚀", "🚀_launch", "launch"]),
        ("a.b c", ["a.b c", "a.b"]),
        ("100%", ["100%", "100"]),
        ("say \"hi\" 'x' \\", ["say \"hi\" 'x' \\", "hi"]),
        ("\ufb01eld", ["field"]),
    ],
)
def test_every_kind_of_name_is_found(
    admin: Person, things: Things, name: str, questions: list[str]
) -> None:
    table(things, things.make("data_source"), "other", name, "unlike")

    for question in questions:
        assert names(admin.http, question) == [name], question


@pytest.mark.parametrize(
    "question",
    ["%", "_", "%%%", "a & b | !c", "(((", "':*", "'; DROP TABLE users --", "\\", "{0}", "%(found)s", "  "],
)  # fmt: skip
def test_what_has_a_meaning_elsewhere_is_plain_text(
    admin: Person, things: Things, question: str
) -> None:
    table(things, things.make("data_source"), "goods", "weight")

    assert names(admin.http, question) == []


def test_a_dotted_name_leads_to_the_thing_itself(admin: Person, things: Things) -> None:
    source = things.make("data_source")
    table(things, source, "shop/orders", "total", "total_net")
    table(things, source, "shop/others", "total")
    table(things, source, "old/orders", "total")

    def places(question: str) -> list[tuple[str, str, str | None]]:
        found = search(admin.http, question)
        return [(each["schema_name"], each["table_name"], each["column_name"]) for each in found]

    assert places("shop.orders.total")[0] == ("shop", "orders", "total")
    assert places("db.Shop.Orders.Total")[0] == ("shop", "orders", "total")
    assert {each[0] for each in places("orders.total")[:2]} == {"shop", "old"}
    assert places("shop.orders.tot")[:2] == [("shop", "orders", "total"), ("shop", "orders", "total_net")]  # fmt: skip
    assert places("shop.orders")[0] == ("shop", "orders", None)


def test_comments_descriptions_and_tags_are_found(admin: Person, things: Things) -> None:
    source = things.make("data_source")
    made = table(things, source, "t", description="Sums by quarter")
    column(things, made, "c", source_comment="Net of tax", tags=["sensitive", "GDPR"])

    assert names(admin.http, "quarter sums") == ["t"]
    assert names(admin.http, "tax") == ["c"]
    assert names(admin.http, "gdpr") == ["c"]
    assert names(admin.http, "net c") == ["c"]
    assert names(admin.http, "tax quarter") == []


def test_what_is_gone_is_found_only_by_those_who_ask_for_it(admin: Person, things: Things) -> None:
    source = things.make("data_source")
    made = table(things, source, "kept")
    column(things, made, "lost_column", removed_at="2026-01-01T00:00:00Z")
    table(things, source, "lost_table", "lost_with_it", removed_at="2026-01-01T00:00:00Z")

    assert names(admin.http, "lost") == []
    assert set(names(admin.http, "lost", include_removed=True)) == {
        "lost_column",
        "lost_table",
        "lost_with_it",
    }


def test_S_nobody_finds_what_they_may_not_see(people: People, things: Things) -> None:
    owner, other, nobody = people("analyst"), people("analyst"), people()
    mine, shared = things.make("data_source", owner), things.make("data_source")
    table(things, mine, "secret", "secret_column", source_comment="secret words")
    table(things, shared, "secrets")
    things.grant("data_source", shared, other, "view")

    assert set(names(owner.http, "secret")) == {"secret", "secret_column"}
    assert names(other.http, "secret") == ["secrets"]
    assert names(nobody.http, "secret") == []
    assert names(other.http, "words") == []
    assert names(owner.http, "secret", data_source_id=str(shared)) == []


def test_a_search_is_bounded(admin: Person, things: Things) -> None:
    table(things, things.make("data_source"), "t", *(f"same_{number:03}" for number in range(210)))

    assert len(search(admin.http, "same", limit=200)) == 200
    assert len({each["id"] for each in search(admin.http, "same", limit=200)}) == 200
    for asked in ({"q": "a", "limit": 201}, {"q": "x" * 201}, {"q": ""}, {}, {"q": "a\0"}):
        assert admin.http.get(f"{PREFIX}/search/metadata", params=asked).status_code == 422
