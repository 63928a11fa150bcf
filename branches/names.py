"""Names of branches as people write them: "CĐ thôn 1", "Chi đoàn thôn 1", "tdp Trung Tâm"."""

import re
from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.text import clean_line, fold, fold_in_place, fold_words


class BranchKind(models.TextChoices):
    """Where the members of a branch live, learn or work."""

    RESIDENTIAL = "residential", _("Residential area")
    SCHOOL = "school", _("School")
    POLICE = "police", _("Police, militia")
    AGENCY = "agency", _("Agency")
    ENTERPRISE = "enterprise", _("Enterprise")


class AreaKind(models.TextChoices):
    """What a residential area calls itself: part of its name, so it is not translated."""

    THON = "thon", "thôn"
    BAN = "ban", "bản"
    LANG = "lang", "làng"
    XOM = "xom", "xóm"
    AP = "ap", "ấp"
    TO_DAN_PHO = "to-dan-pho", "tổ dân phố"
    KHU_PHO = "khu-pho", "khu phố"
    KHOI = "khoi", "khối"
    TIEU_KHU = "tieu-khu", "tiểu khu"


@dataclass(frozen=True)
class BranchName:
    """What a written name says: the kind of branch, the kind of area, and the name by itself."""

    kind: BranchKind
    area_kind: str
    name: str

    @property
    def key(self) -> str:
        """The folded words by which two spellings of one branch are the same."""
        return name_key(self.area_kind, self.name)


# What only says "branch", folded; it may stand there twice.
_BRANCH_WORDS = re.compile(
    r"(?:(?:ban chap hanh|bch|chi doan(?: tn| thanh nien)?|c[ .]?d|doan thanh nien|dtn)"
    r"(?![a-z])[ .:]*)+"
)
_AREA_WORDS = {
    **{fold(kind.label): kind for kind in AreaKind},
    "tdp": AreaKind.TO_DAN_PHO,
    "kp": AreaKind.KHU_PHO,
    "tk": AreaKind.TIEU_KHU,
}
# Short forms, folded, and what they stand for.
_IN_FULL = {word: fold(kind.label) for word, kind in _AREA_WORDS.items()}
_AREA_WORD = re.compile(rf"({'|'.join(_AREA_WORDS)})(?![a-z])[ .:]*")
# What branches outside the residential areas begin with, folded.
_OTHER_KINDS = [
    (
        re.compile(
            r"truong (?:thcs|thpt|th|tieu hoc|mam non|pt|trung|cao dang|dai hoc)\b|gdnn|gdtx"
        ),
        BranchKind.SCHOOL,
    ),
    (re.compile(r"(?:cong an|quan su|ban chi huy quan su|dan quan|don bien)\b"), BranchKind.POLICE),
    (
        re.compile(r"(?:cong ty|cty|doanh nghiep|htx|hop tac xa|nha may|xi nghiep|ngan hang)\b"),
        BranchKind.ENTERPRISE,
    ),
    (
        re.compile(r"(?:co quan|khoi co quan|ubnd|uy ban|tram y te|benh vien|chi cuc)\b"),
        BranchKind.AGENCY,
    ),
]
_COMMUNE = r"(?:xa|phuong|thi tran|tt|dac khu)(?![a-z])[^()]+"
_IN_BRACKETS = re.compile(rf" ?\({_COMMUNE}\)$")
_COMMUNE_AFTER = re.compile(rf"(?: ?[,–-] ?| ){_COMMUNE}$")
_ROMAN = re.compile(r"[IVX]+")


def read_branch_name(text: str) -> BranchName:
    """Read a written name as what it is; whatever is not understood stays in the name.

    "Chi đoàn Chi đoàn thôn 1", "CĐ thôn 1" and "Thôn  1" are one branch; so is a text in NFD or
    without diacritics, of which the key is the same. The name is empty if there is none.
    """
    text = clean_line(text)
    text = text[_end_of_branch_words(text) :]
    text = text[: _start_of(_IN_BRACKETS, text)]
    for pattern, kind in _OTHER_KINDS:
        if pattern.match(fold_in_place(text)):
            return BranchName(kind, "", text)
    area_kind, name = _read_area(text)
    name = name[: _start_of(_COMMUNE_AFTER, name)]
    return BranchName(BranchKind.RESIDENTIAL, area_kind, _capitalised(name))


def name_key(area_kind: str, name: str) -> str:
    """Return the folded words by which names of branches are compared: "thon so 01" is "thon 1".

    Without a word in the name there are none.
    """
    words = fold_words(name)
    if words and area_kind:
        words = fold_words(AreaKind(area_kind).label) + words
    numbers = [str(int(word)) if word.isdecimal() else word for word in words]
    return re.sub(r"\bso (?=[0-9])", "", " ".join(numbers))


def search_words(text: str) -> list[str]:
    """Return the words to look for, as keys have them: "CĐ tdp số 04" asks "to dan pho 4"."""
    text = clean_line(text)
    words = name_key("", text[_end_of_branch_words(text) :]).split()
    return [part for word in words for part in _IN_FULL.get(word, word).split()]


def _end_of_branch_words(text: str) -> int:
    found = _BRANCH_WORDS.match(fold_in_place(text))
    return found.end() if found else 0


def _start_of(pattern: re.Pattern[str], text: str) -> int:
    """Where the pattern begins in `text`; at its end if nothing would be left before it."""
    found = pattern.search(fold_in_place(text))
    return found.start() if found and found.start() else len(text)


def _read_area(text: str) -> tuple[str, str]:
    """Return the kind of area and the rest; the kind may stand there twice."""
    area_kind = ""
    while found := _AREA_WORD.match(fold_in_place(text)):
        word = text[: found.end(1)]
        kind = _AREA_WORDS[found.group(1)]
        if found.end() == len(text) or area_kind not in ("", kind) or not _means(word, kind, text):
            break
        area_kind, text = kind, text[found.end() :]
    return area_kind, text


def _means(word: str, kind: AreaKind, text: str) -> bool:
    """Whether a word is the kind: "Lang" in "Lang Chánh" is not "làng", in "lang Dong" it is."""
    plain = fold(word)
    return plain != fold(kind.label) or word.lower() == kind.label or text.isascii()


def _capitalised(name: str) -> str:
    """Return a name typed in capitals or small letters alone as a name is written."""
    if not (name.isupper() or name.islower()):
        return name
    return " ".join(_capitalised_word(word) for word in name.split())


def _capitalised_word(word: str) -> str:
    if _ROMAN.fullmatch(word) or word.lower() == "số":
        return word if _ROMAN.fullmatch(word) else "số"
    return word[:1].upper() + word[1:].lower()
