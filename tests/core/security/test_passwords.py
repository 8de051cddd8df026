"""What may be a password, and how it is kept."""

import bcrypt
import pytest

from dataviz_pipelines.core.security import passwords
from dataviz_pipelines.core.security.passwords import (
    WeakPasswordError,
    check_password,
    hash_password,
    needs_rehash,
    verify_password,
)

EMAIL = "ada.lovelace@example.org"


def test_s1_a_password_is_kept_as_bcrypt_at_cost_12() -> None:
    stored = hash_password("correct horse")
    assert stored.startswith("$2b$12$")
    assert verify_password("correct horse", stored)
    assert not verify_password("correct Horse", stored)


@pytest.mark.parametrize("password", ["x" * 73, "ä" * 37, "a\0bcdefgh", "\ud800bcdefgh"])
def test_s2_what_bcrypt_would_cut_is_refused(password: str) -> None:
    with pytest.raises(WeakPasswordError):
        check_password(password, email=EMAIL)


def test_s2_a_longer_password_is_not_taken_for_its_beginning() -> None:
    stored = hash_password("x" * 72)
    assert not verify_password("x" * 73, stored)


@pytest.mark.parametrize("password", ["aB3$" * 16, "x" * 72, "ä" * 36, "パスワード要塞です"])
def test_s3_long_passwords_and_those_of_any_script_work(password: str) -> None:
    check_password(password, email=EMAIL)
    assert verify_password(password, hash_password(password))


def test_s4_seven_characters_are_too_few() -> None:
    with pytest.raises(WeakPasswordError):
        check_password("aB3$xY7", email=EMAIL)
    check_password("aB3$xY7!", email=EMAIL)


@pytest.mark.parametrize(
    "password", ["password", "PassWord", "12345678", "qwertyuiop", "iloveyou", "1Qaz2wsX"]
)
def test_s5_common_passwords_are_refused_in_any_case(password: str) -> None:
    with pytest.raises(WeakPasswordError):
        check_password(password, email=EMAIL)


def test_s5_all_of_the_3000_most_common_ones_are_known() -> None:
    assert len(passwords._common()) >= 3_000


@pytest.mark.parametrize("password", ["Ada.Lovelace@Example.org", "ada.lovelace"])
def test_the_persons_own_address_is_no_password(password: str) -> None:
    with pytest.raises(WeakPasswordError):
        check_password(password, email=EMAIL)


def test_s6_twenty_small_letters_are_a_password() -> None:
    check_password("mistralabendrotgarten"[:20], email=EMAIL)


def test_s8_there_is_a_check_to_make_where_there_is_no_hash() -> None:
    assert not verify_password("", None)
    assert not verify_password("anything", None)
    assert not needs_rehash(passwords._NOBODYS)


def test_f83_a_hash_of_less_cost_wants_a_new_one() -> None:
    assert not needs_rehash(hash_password("correct horse"))
    assert needs_rehash(bcrypt.hashpw(b"correct horse", bcrypt.gensalt(10)).decode())
    assert needs_rehash(bcrypt.hashpw(b"correct horse", bcrypt.gensalt(10, b"2a")).decode())


def test_a_refusal_does_not_repeat_the_password() -> None:
    with pytest.raises(WeakPasswordError) as caught:
        check_password("iloveyou", email=EMAIL)
    assert "iloveyou" not in str(caught.value)
