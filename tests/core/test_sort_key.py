"""Vietnamese order through a stored key."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text import sort_key

ALPHABET = "aăâbcdđeêghiklmnoôơpqrstuưvxy"
# As dictionaries order them: level, huyền, hỏi, ngã, sắc, nặng.
TONES = ["", "\u0300", "\u0309", "\u0303", "\u0301", "\u0323"]
VOWELS = "aăâeêioôơuưy"


def toned(letters: str, place: int, tone: int) -> str:
    """The syllable with a tone on its letter at this place, if that is a vowel."""
    if letters[place] not in VOWELS:
        return letters
    return unicodedata.normalize("NFC", letters[: place + 1] + TONES[tone] + letters[place + 1 :])


@st.composite
def syllables(draw: st.DrawFn) -> tuple[str, tuple[list[int], int]]:
    """A syllable, and what orders it: its letters, then its tone."""
    letters = draw(st.text(ALPHABET, min_size=1, max_size=4))
    place = draw(st.integers(0, len(letters) - 1))
    tone = draw(st.integers(0, 5)) if letters[place] in VOWELS else 0
    return toned(letters, place, tone), ([ALPHABET.index(letter) for letter in letters], tone)


@given(syllables(), syllables())
def test_key_orders_by_letters_and_then_by_tone(
    one: tuple[str, tuple[list[int], int]], other: tuple[str, tuple[list[int], int]]
) -> None:
    keys = sort_key(one[0]), sort_key(other[0])
    assert (keys[0] < keys[1]) == (one[1] < other[1])
    assert (keys[0] == keys[1]) == (one[1] == other[1])


@given(st.integers(0, 10**8), st.integers(0, 10**8))
def test_numbers_stand_by_their_value(one: int, other: int) -> None:
    assert (sort_key(f"thôn {one}") < sort_key(f"thôn {other}")) == (one < other)
    assert sort_key(f"thôn {one:09d}") == sort_key(f"thôn {one}")


@given(st.text())
def test_key_is_ascii_and_the_same_for_every_form_of_a_text(text: str) -> None:
    key = sort_key(text)
    assert key == sort_key(unicodedata.normalize("NFD", text))
    assert re.fullmatch(r"[!-~]*", key)


@pytest.mark.parametrize(
    "ordered",
    [
        ["a", "à", "ả", "ã", "á", "ạ", "ă", "ằ", "ắ", "â", "ấ", "b"],
        ["da", "đa", "e", "ê", "o", "ô", "ơ", "u", "ư"],
        ["An", "An Khê", "Áng", "Ân"],
        ["thôn 2", "thôn 10", "thôn Bắc"],
        ["Hòa Bình", "Hóa An"],
    ],
)
def test_known_order(ordered: list[str]) -> None:
    keys = [sort_key(text) for text in ordered]
    assert keys == sorted({*keys})


@pytest.mark.parametrize(
    ("one", "other"), [("ĐÔNG", "đông"), ("Ðông", "Đông"), ("hòa", "hoà"), ("A-B", "a b")]
)
def test_case_and_signs_do_not_matter(one: str, other: str) -> None:
    assert sort_key(one) == sort_key(other)
