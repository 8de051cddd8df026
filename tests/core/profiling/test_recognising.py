"""What is taken for data of persons, and what is not."""

import pytest

from dataviz_pipelines.core.models.metadata import NormalizedType
from dataviz_pipelines.core.profiling.recognising import (
    holds_card,
    holds_email,
    holds_iban,
    personal_reason,
)

STRING, INTEGER = NormalizedType.STRING, NormalizedType.INTEGER


@pytest.mark.parametrize(
    "name",
    [
        "email",
        "contact_e_mail",
        "customerEmail",
        "customeremail",
        "PHONE_NO",
        "iban",
        "SSN",
        "dateOfBirth",
        "birth_date",
        "FirstName",
        "last_name",
        "credit_card_nr",
        "ip_address",
        "Geburtsdatum",
        "password_hash",
    ],
)
def test_F16_names_of_personal_columns_are_known(name: str) -> None:
    reason = personal_reason(name, STRING, [])
    assert reason is not None
    assert reason.startswith("Its name says that it holds a")


@pytest.mark.parametrize(
    "name", ["id", "city", "amount", "description", "shipped_at", "membership", "titanic", "ship"]
)
def test_F16_other_names_are_not(name: str) -> None:
    assert personal_reason(name, STRING, ["Wien", "12"]) is None


def test_F16_a_flag_holds_no_address() -> None:
    assert personal_reason("email_verified", NormalizedType.BOOLEAN, ["true"]) is None


@pytest.mark.parametrize("text", ["ada@example.org", "write to a.b+c@mail.example.co.uk, please"])
def test_F16_an_e_mail_address_is_found_anywhere_in_a_text(text: str) -> None:
    assert holds_email(text)
    assert personal_reason("note", STRING, ["Wien"] * 99 + [text]) == (
        "1 of 100 different values hold an e-mail address."
    )


@pytest.mark.parametrize("text", ["@home", "a@b", "3 @ 4.50", "user at example.org"])
def test_F16_not_every_at_sign_is_an_address(text: str) -> None:
    assert not holds_email(text)


@pytest.mark.parametrize(
    "text",
    [
        "DE89370400440532013000",
        "de89 3704 0044 0532 0130 00",
        "AT61 1904 3002 3457 3201",
        "pay GB82 WEST 1234 5698 7654 32 SOON",
        "NO9386011117947",
    ],
)
def test_F16_an_iban_has_its_checksum(text: str) -> None:
    assert holds_iban(text)


@pytest.mark.parametrize(
    "text", ["DE88370400440532013000", "DE8937040044053201300", "XX89370400440532013000", "AB12"]
)
def test_F16_without_its_checksum_or_length_it_is_none(text: str) -> None:
    assert not holds_iban(text)


@pytest.mark.parametrize(
    "text",
    ["4111111111111111", "5555-5555-5555-4444", "paid with 3782 822463 10005.", "6011111111111117"],
)
def test_F16_a_card_has_its_checksum(text: str) -> None:
    assert holds_card(text)


@pytest.mark.parametrize(
    "text",
    ["4111111111111112", "1111111111111117", "20260131120003", "41111111", "4111111111111111.5"],
)
def test_F16_without_its_checksum_or_length_it_is_no_card(text: str) -> None:
    assert not holds_card(text)


def test_F16_a_time_passes_for_no_card_though_its_digits_check_out() -> None:
    times = [f"202601311200{second:02}" for second in range(60)]
    assert personal_reason("stamp", STRING, times) is None


def test_F16_of_numbers_some_pass_for_cards_by_chance() -> None:
    numbers = [str(4_000_000_000_000_000 + 7 * number) for number in range(1_000)]
    assert 50 < sum(map(holds_card, numbers)) < 200
    assert personal_reason("id", INTEGER, numbers) is None
    cards = ["4111111111111111", "5555555555554444", "4000000000000001"]
    assert personal_reason("number", INTEGER, cards) == (
        "2 of 3 different values hold the number of a payment card."
    )
