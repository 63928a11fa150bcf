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
    for match in _WORD.finditer(text.translate(_letters)):
        if match.group() in words:
            yield match.span()
