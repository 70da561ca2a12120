"""Which passwords are refused because they are tried first, and which are not."""

import string

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from app import errors
from app.accounts import passwords
from app.accounts.guessable import _common, is_guessable


@pytest.mark.parametrize(
    "password",
    [
        "password1234",
        "P@ssw0rd2024!",
        "!!!Football!!!",
        "123456789012",
        "987654321098",
        "qwertyqwerty",
        "letmeinletmein",
        "dragonmonkey2026",
        "abcdefghijklm",
        "Radiology2026!",
        "Condyle-Condyle",
        "hospital12345678",
        "annmeier12345678",
        "Meier.Meier.2026",
        "12qw12qw",
    ],
)
def test_a_common_password_and_little_more_is_refused(password: str) -> None:
    assert is_guessable(password, "Ann Meier")
    with pytest.raises(errors.Refused):
        passwords.check(password, "Ann Meier")


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "a long enough secret",
        "horse-battery-staple-9",
        "x9#kLp2vQw7z",
        "48151623420711",
        "schräge Gämsen äsen",
        "四つの言葉を選んでください",
    ],
)
def test_a_password_of_several_words_or_of_chance_is_taken(password: str) -> None:
    passwords.check(password, "Ann Meier")


@examples(max_examples=60)
@given(st.sampled_from(sorted(_common())), st.text(string.digits + "!?.-_ ", max_size=8))
def test_every_common_password_is_refused_whatever_digits_and_signs_follow(
    common: str, more: str
) -> None:
    assert is_guessable(common, "Ann")
    if common.isalpha():
        assert is_guessable(common.title() + more, "Ann")


@examples(max_examples=60)
@given(st.text(max_size=256), st.text(max_size=64))
def test_any_text_is_judged(password: str, name: str) -> None:
    assert is_guessable(password, name) in (True, False)


def test_the_list_holds_ten_thousand() -> None:
    assert len(_common()) == 10_000
