"""Whether a column looks as if it held data of persons: by its name, and by values that check out.

A wrong yes costs the smallest, largest and most frequent values of a column, a wrong no shows somebody's data; so one value
is enough, except among numbers, of which every tenth passes for a card's.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from dataviz_pipelines.core.models.metadata import NormalizedType

_SAYS_NOTHING: Final = frozenset({NormalizedType.BOOLEAN})
_UNTESTED: Final = frozenset(
    {
        NormalizedType.BOOLEAN,
        NormalizedType.BINARY,
        NormalizedType.SPATIAL,
        NormalizedType.DATE,
        NormalizedType.TIME,
        NormalizedType.DATETIME,
        NormalizedType.TIMESTAMP,
        NormalizedType.INTERVAL,
        NormalizedType.UUID,
    }
)
_NUMBERS: Final = frozenset({NormalizedType.INTEGER, NormalizedType.DECIMAL})
_LEAST_SHARE_OF_NUMBERS: Final = 0.3
_WORDS: Final = {
    word: said
    for said, words in {
        "an e-mail address": "email mail emails",
        "a telephone number": "phone telephone tel mobile fax telefon handy msisdn",
        "a bank account": "iban bic swift",
        "an identity number": "ssn passport nin svnr sin nif dni",
        "a birth": "birth born dob birthday birthdate geburtstag geburtsdatum geburt",
        "a name": "surname forename firstname lastname fullname vorname nachname familienname",
        "an address": "address street postcode zip zipcode strasse adresse plz latitude longitude",
        "a network address": "ip ipaddress",
        "a private matter": "gender sex religion ethnicity race salary diagnosis geschlecht gehalt",
        "a secret": "password passwort passwd pwd secret token",
    }.items()
    for word in words.split()
}
_PARTS: Final = {
    "email": "an e-mail address",
    "phone": "a telephone number",
    "iban": "a bank account",
    "bankaccount": "a bank account",
    "creditcard": "a payment card",
    "cardnumber": "a payment card",
    "socialsecurity": "an identity number",
    "taxid": "an identity number",
    "passport": "an identity number",
    "nationalid": "an identity number",
    "dateofbirth": "a birth",
    "birthda": "a birth",
    "firstname": "a name",
    "lastname": "a name",
    "fullname": "a name",
    "surname": "a name",
    "maidenname": "a name",
    "password": "a secret",
}
"""Looked for in names without what parts their words: `first_name`, `FirstName`, `customeremail`."""
_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+")
_EMAIL: Final = re.compile(r"[\w.%+'-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_IBAN: Final = re.compile(r"(?<![A-Z0-9])[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]){11,30}")
_CARD: Final = re.compile(r"(?<![\w.])[2-6](?:[ -]?\d){12,18}(?![\w.]\d|\d|[A-Za-z_])")
_ISSUED: Final = re.compile(
    r"3[47]\d{13}|3[0689]\d{12}|35\d{14}|4\d{12}(\d{3}){0,2}|(5[1-5]|2[2-7])\d{14}|6\d{15,18}"
)
"""By what numbers of issuers begin with, and how long they are: the time `20260131120000` is none."""
_IBAN_LENGTHS: Final = {
    country: length
    for length, countries in {
        15: "NO",
        16: "BE",
        18: "DK FI FO GL NL SD",
        19: "MK SI",
        20: "AT BA EE KZ LT LU MN XK",
        21: "CH HR LI LV",
        22: "BG BH CR DE GB GE IE ME RS VA",
        23: "AE GI IL IQ OM TL",
        24: "AD CZ ES MD PK RO SA SE SK TN VG",
        25: "LY PT ST",
        26: "IS TR",
        27: "BI DJ FR GR IT MC MR SM",
        28: "AL AZ BY CY DO GT HU LB NI PL SV",
        29: "BR EG PS QA UA",
        30: "JO KW MU YE",
        31: "MT SC",
        32: "LC",
        33: "RU",
    }.items()
    for country in countries.split()
}


def personal_reason(name: str, kind: NormalizedType, values: Sequence[str]) -> str | None:
    """Why it looks personal; None if it does not. `values` are the different ones, as text; the reason holds none."""
    said = None if kind in _SAYS_NOTHING else _said_by(name)
    if said is not None:
        return f"Its name says that it holds {said}."
    if kind in _UNTESTED:
        return None
    least = max(1.0, len(values) * _LEAST_SHARE_OF_NUMBERS) if kind in _NUMBERS else 1
    for what, holds in _TESTS.items():
        found = sum(map(holds, values))
        if found >= least:
            return f"{found} of {len(values)} different values hold {what}."
    return None


def holds_email(text: str) -> bool:
    return "@" in text and _EMAIL.search(text) is not None


def holds_iban(text: str) -> bool:
    """ISO 13616: of its country's length, and 1 modulo 97."""
    return any(map(_is_iban, _found(_IBAN, text.upper())))


def holds_card(text: str) -> bool:
    """ISO 7812: an issuer's, and its last digit is Luhn's."""
    return any(_ISSUED.fullmatch(each) and _is_luhn(each) for each in _found(_CARD, text))


_TESTS: Final[dict[str, Callable[[str], bool]]] = {
    "an e-mail address": holds_email,
    "an IBAN": holds_iban,
    "the number of a payment card": holds_card,
}


def _said_by(name: str) -> str | None:
    words = [word.lower() for word in _WORD.findall(name)]
    for word in words:
        if word in _WORDS:
            return _WORDS[word]
    joined = "".join(words)
    return next((said for part, said in _PARTS.items() if part in joined), None)


def _found(pattern: re.Pattern[str], text: str) -> Iterable[str]:
    return (match[0].replace(" ", "").replace("-", "") for match in pattern.finditer(text))


def _is_iban(text: str) -> bool:
    """What follows it without a sign of its own may have been found with it."""
    length = _IBAN_LENGTHS.get(text[:2])
    if length is None or len(text) < length:
        return False
    turned = text[4:length] + text[:4]
    return int("".join(str(int(sign, 36)) for sign in turned)) % 97 == 1


def _is_luhn(digits: str) -> bool:
    doubled = [int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(digits[::-1])]
    return sum(number - 9 if number > 9 else number for number in doubled) % 10 == 0
