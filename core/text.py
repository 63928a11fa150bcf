"""Vietnamese text: one normal form, one folding for search and addresses."""

import re
import unicodedata
from collections.abc import Iterator

# Unicode decomposition takes the marks off ă and ơ but leaves đ alone. Old keyboards gave the
# Icelandic ð for it, which looks the same.
_D = str.maketrans("đĐðÐ", "dDdD")
_WORD = re.compile(r"[0-9a-z]+")
_SPACES = re.compile(r"[^\S\n]+")
# Control characters but tab and line feed, bidirectional overrides, zero-width joiners at rest.
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffe\uffff]"
)


def has_forbidden_characters(text: str) -> bool:
    """Tell whether `text` holds control or direction-changing characters no honest input has."""
    return _FORBIDDEN.search(text) is not None


def without_forbidden_characters(text: str) -> str:
    """Return `text` without them, where a person cannot be asked to type it again."""
    return _FORBIDDEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def clean(text: str) -> str:
    """Return `text` in NFC with ordinary single spaces and no spaces round lines."""
    lines = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(_SPACES.sub(" ", line).strip() for line in lines).strip("\n")


def clean_line(text: str) -> str:
    """Return `text` cleaned into a single line."""
    return " ".join(clean(text).split())


def fold(text: str) -> str:
    """Return `text` without diacritics and in lower case: "Đặng" and its NFD form give "dang"."""
    decomposed = unicodedata.normalize("NFD", unicodedata.normalize("NFC", text).translate(_D))
    return "".join(c for c in decomposed if not unicodedata.combining(c)).lower()


class _Letters(dict[int, str]):
    """What each character folds to, kept since folding one after the other is slow."""

    def __missing__(self, code: int) -> str:
        folded = fold(chr(code))
        # One for one in NFC Vietnamese; other scripts may give more or none.
        self[code] = folded if len(folded) == 1 else " "
        return self[code]


_letters = _Letters()


def fold_in_place(text: str) -> str:
    """Return `text` (NFC) folded character by character: what stands where in it stays there."""
    return text.translate(_letters)


def fold_words(text: str) -> list[str]:
    """Return the folded words of `text` in order, without punctuation."""
    return _WORD.findall(fold(text))


def search_key(text: str) -> str:
    """Return the folded words between single spaces, so that `" dang "` finds whole words."""
    words = " ".join(fold_words(text))
    return f" {words} " if words else ""


def slugify(text: str, max_length: int = 100) -> str:
    """Return an address part of folded words; cut between words; may be empty."""
    slug = ""
    for word in fold_words(text):
        longer = f"{slug}-{word}" if slug else word[:max_length]
        if len(longer) > max_length:
            break
        slug = longer
    return slug


def find_words(text: str, words: set[str]) -> Iterator[tuple[int, int]]:
    """Yield (start, end) in `text` (NFC) of every word whose folded form is in `words`."""
    for match in _WORD.finditer(fold_in_place(text)):
        if match.group() in words:
            yield match.span()


# The order of the letters; each stands for a sign that every database orders alike (C collation).
_ALPHABET = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_LETTER_SIGNS = {letter: chr(ord("A") + place) for place, letter in enumerate(_ALPHABET)}
# Level, huyền, hỏi, ngã, sắc, nặng: as dictionaries order the tones.
_TONES = {"\u0300": "1", "\u0309": "2", "\u0303": "3", "\u0301": "4", "\u0323": "5"}
_TONE_MARKS = re.compile("[" + "".join(_TONES) + "]")
_SORTED_WORD = re.compile(r"[0-9]+|[^\W\d_]+")
_LONGEST_NUMBER = 9


def sort_key(text: str) -> str:
    """Return a key by which texts stand in Vietnamese order, syllable by syllable.

    a ă â b … d đ e ê …; of two equal syllables the tones decide, and 2 stands before 10. The key
    is ASCII and meant for bytewise comparison (`core.fields.KeyField`).
    """
    text = unicodedata.normalize("NFC", text).translate(str.maketrans("ðÐ", "đĐ")).lower()
    return "".join(_word_key(word) for word in _SORTED_WORD.findall(text))


def _word_key(word: str) -> str:
    if word.isdecimal():
        digits = str(int(word))
        return f"{min(len(digits), _LONGEST_NUMBER)}{digits}!"
    decomposed = unicodedata.normalize("NFD", word)
    tone = next((_TONES[mark] for mark in _TONE_MARKS.findall(decomposed)), "0")
    letters = unicodedata.normalize("NFC", _TONE_MARKS.sub("", decomposed))
    return "".join(_LETTER_SIGNS.get(letter, "~") for letter in letters) + tone
