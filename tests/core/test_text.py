"""Folding, addresses and cleaning of Vietnamese text."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text import (
    clean,
    clean_line,
    find_words,
    fold,
    fold_words,
    has_forbidden_characters,
    search_key,
    slugify,
    without_forbidden_characters,
)

VOWELS = "aăâeêioôơuưy"
TONES = "\u0300\u0301\u0309\u0303\u0323"
EVERY_LETTER = [
    unicodedata.normalize("NFC", letter + tone) for letter in VOWELS for tone in ["", *TONES]
]
vietnamese = st.text(alphabet="".join(EVERY_LETTER) + "đĐbcdghklmnpqrstvxBT 0123,.-–\n")
any_text = st.text()
FORBIDDEN = [
    "\x00",
    "\x01",
    "\x08",
    "\x1b",
    "\x7f",
    "\x80",
    "\x9f",
    "\u200b",
    "\u200e",
    "\u200f",
    "\u202a",
    "\u202d",
    "\u202e",
    "\u2060",
    "\u2066",
    "\u2069",
    "\ufeff",
]


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Đặng", "dang"),
        ("ĐẶNG", "dang"),
        ("đặng", "dang"),
        ("Nguyễn Thị Hường", "nguyen thi huong"),
        ("ƯỚC MƠ", "uoc mo"),
        ("Quỳnh Lưu", "quynh luu"),
        ("dang", "dang"),
    ],
)
def test_folding_takes_off_marks_and_case_in_both_normal_forms(
    text: str, folded: str, form: str
) -> None:
    given_text = unicodedata.normalize("NFC" if form == "NFC" else "NFD", text)
    assert fold(given_text) == folded
    assert fold(fold(given_text)) == folded


def test_every_vietnamese_letter_folds_to_one_ascii_letter() -> None:
    folded = {letter: fold(letter) for letter in [*EVERY_LETTER, *"đĐ"]}
    assert set(folded.values()) == set("aeiouyd")
    assert {fold(letter.upper()) for letter in EVERY_LETTER} == set("aeiouy")
    assert len(EVERY_LETTER) == 72


def test_search_key_frames_whole_words() -> None:
    key = search_key("  Huyện Đoàn “Đầm Sen”, 2024! ")
    assert key == " huyen doan dam sen 2024 "
    assert " dam " in key
    assert " da " not in key
    assert search_key(" –!… ") == ""


@given(any_text)
def test_search_key_is_the_same_for_every_form_of_a_text(text: str) -> None:
    key = search_key(text)
    assert key == search_key(unicodedata.normalize("NFD", text))
    assert key == search_key(unicodedata.normalize("NFC", text))
    assert re.fullmatch(r"( [0-9a-z]+)* ?", key)
    assert fold_words(text) == key.split()


@pytest.mark.parametrize(
    ("text", "length", "slug"),
    [
        ("Sáu xã sắp xếp lại: bớt 18 đầu mối", 100, "sau-xa-sap-xep-lai-bot-18-dau-moi"),
        ("Đại hội Đoàn", 8, "dai-hoi"),
        ("Đại hội Đoàn", 12, "dai-hoi-doan"),
        ("Đại hội Đoàn", 11, "dai-hoi"),
        ("Nghiêng" * 10, 20, "nghiengnghiengnghien"),
        ("", 10, ""),
        ("??? – 。", 10, ""),
        ("中文", 10, ""),
    ],
)
def test_slug_is_cut_between_words_and_may_be_empty(text: str, length: int, slug: str) -> None:
    assert slugify(text, length) == slug
    assert len(slug) <= length


@given(any_text, st.integers(min_value=1, max_value=60))
def test_slug_is_always_an_address_part_within_its_length(text: str, length: int) -> None:
    slug = slugify(text, length)
    assert len(slug) <= length
    assert re.fullmatch(r"([0-9a-z]+(-[0-9a-z]+)*)?", slug)
    assert slugify(slug, length) == slug


def test_found_words_are_where_they_stand_in_the_text() -> None:
    text = "Bí thư Đặng Hữu Phước, họ ĐẶNG; dáng đi"
    spans = list(find_words(text, {"dang", "thu"}))
    assert [text[start:end] for start, end in spans] == ["thư", "Đặng", "ĐẶNG", "dáng"]
    assert list(find_words(text, set())) == []
    assert list(find_words("", {"dang"})) == []


@given(vietnamese, st.data())
def test_every_found_span_folds_to_a_word_and_none_is_missed(
    text: str, data: st.DataObject
) -> None:
    words = fold_words(text)
    wanted = set(data.draw(st.lists(st.sampled_from(words)))) if words else {"a"}
    spans = list(find_words(text, wanted))
    found = [fold(text[start:end]) for start, end in spans]
    assert set(found) <= wanted
    assert found == [word for word in words if word in wanted]
    assert spans == sorted(spans)


@given(any_text)
def test_spans_hold_for_any_script_in_nfc(text: str) -> None:
    text = unicodedata.normalize("NFC", text)
    wanted = set(fold_words(text))
    end = 0
    for start, stop in find_words(text, wanted):
        assert end <= start < stop <= len(text)
        assert fold(text[start:stop]) in wanted
        end = stop


def test_cleaning_keeps_lines_and_makes_spaces_ordinary() -> None:
    typed = "\n  Đoa\u0300n\u00a0\u2003 xã \t Yên\r\nPhú  \r\rhết\n\n"
    assert clean(typed) == "Đoàn xã Yên\nPhú\n\nhết"
    assert clean_line(typed) == "Đoàn xã Yên Phú hết"
    assert clean_line(" \u2028 ") == ""


@given(any_text)
def test_cleaning_twice_changes_nothing(text: str) -> None:
    cleaned, line = clean(text), clean_line(text)
    assert clean(cleaned) == cleaned
    assert clean_line(line) == line
    assert unicodedata.is_normalized("NFC", cleaned)
    assert not re.search(r"[^\S\n]{2}|[\u00a0\t\r]", cleaned)
    assert "\n" not in line


@pytest.mark.parametrize("sign", FORBIDDEN, ids=ascii)
def test_hidden_sign_is_forbidden_and_can_be_taken_out(sign: str) -> None:
    assert has_forbidden_characters(f"Chi{sign}đoàn")
    assert without_forbidden_characters(f"Chi{sign}đoàn") == "Chiđoàn"


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["C"])))
def test_text_without_control_characters_is_not_forbidden(text: str) -> None:
    assert not has_forbidden_characters(text)
    assert without_forbidden_characters(text) == text
    assert not has_forbidden_characters("dòng\n\tthứ hai 👩\u200d🌾")


@given(any_text)
def test_taking_forbidden_characters_out_leaves_none(text: str) -> None:
    left = without_forbidden_characters(text)
    assert not has_forbidden_characters(left)
    assert without_forbidden_characters(left) == left


def test_icelandic_letter_of_old_keyboards_is_read_as_d() -> None:
    assert slugify("Ðại hội Ðảng bộ") == "dai-hoi-dang-bo"
    assert search_key("Ðại hội") == search_key("Đại hội")
