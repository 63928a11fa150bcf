"""A page of the old portal, captured as text, taken apart; knows no models and no files.

The order of a page: the visitor block (of which the total is read), the title, "Đăng lúc: …", the
paragraphs, of which the first is the lead, and among them photos: a file name, then its caption
in brackets.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from hashlib import sha256
from itertools import groupby
from json import dumps
from typing import NamedTuple

from django.utils.timezone import get_current_timezone
from django.utils.translation import gettext as _

from core.text import clean_line, fold, has_forbidden_characters

MAX_TITLE = 200
MAX_CAPTION = 400
MAX_PHOTO_NAME = 250
MAX_PHOTOS = 100

# "Ð" is the Icelandic letter that old Vietnamese keyboards gave for "Đ".
_POSTED = re.compile(r"[đð]ăng lúc\s*(?::|(?=[0-9]))\s*(?P<time>.*)", re.IGNORECASE)
_TIME = re.compile(
    r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?\s+([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})"
    r"(?:\s*\(\s*(?:gmt|utc)\s*(?P<sign>[+-])\s*(?P<hours>[0-9]{1,2})(?::(?P<minutes>[0-5][0-9]))?\s*\))?",
    re.IGNORECASE,
)
# There was no portal before, and a later year is a slip of the pen.
_YEARS = range(1990, 2100)
# A file name has none of the signs that Windows does not allow; so no address is one.
_PHOTO = re.compile(r'[^:*?"<>|]+\.(?:jpe?g|png|webp|gif)', re.IGNORECASE)
_VISITORS = re.compile(r"(?P<label>[a-z ]*[a-z])?\s*(?P<colon>:?)\s*(?P<number>[0-9][0-9.,]*)?")
_VISITOR_LABELS = {
    *("truy cap", "luot truy cap", "so luot truy cap", "thong ke truy cap", "dang truy cap"),
    *("dang online", "truc tuyen", "hom nay", "hom qua", "tuan nay", "tuan truoc", "thang nay"),
    *("thang truoc", "nam nay", "nam truoc", "tat ca", "tong", "tong so", "tong cong"),
    *("tong truy cap", "tong luot truy cap"),
}
_TOTAL_LABELS = {"tat ca", "tong", "tong so", "tong cong", "tong truy cap", "tong luot truy cap"}
_MAX_DIGITS = 12
# Signs without width or meaning that editors leave behind; other hidden ones are refused.
_WITHOUT_WIDTH = re.compile("[\u200b\u2060\ufeff]")


class CaptureError(Exception):
    """A capture that cannot be imported: why, in a plain sentence, and in which line."""

    def __init__(self, message: str, line: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


@dataclass(frozen=True)
class CapturedPhoto:
    """A photo of the page; the capture holds its name only."""

    name: str
    caption: str


@dataclass(frozen=True)
class Capture:
    """An article of the old portal; `paragraphs` are those after the lead."""

    title: str
    posted_at: datetime
    lead: str
    paragraphs: list[str]
    photos: list[CapturedPhoto]
    # What the visitor block showed under "Tất cả", if it was captured.
    visits_total: int | None = None

    @property
    def digest(self) -> str:
        """Return what differs whenever the article differs; visitors and line ends do not count."""
        photos = [[photo.name, photo.caption] for photo in self.photos]
        moment = self.posted_at.astimezone(UTC).isoformat()
        content = [self.title, moment, self.lead, self.paragraphs, photos]
        return sha256(dumps(content).encode()).hexdigest()


class _Line(NamedTuple):
    number: int
    text: str


def parse_capture(text: str, zone: tzinfo | None = None) -> Capture:
    """Take a captured page apart; `zone` holds where the page names none (default: the current).

    Raises CaptureError with the number of the line that cannot be understood.
    """
    lines = _lines(text)
    if not any(line.text for line in lines):
        raise CaptureError(_("This file is empty."))
    posted = next((at for at, line in enumerate(lines) if _POSTED.match(line.text)), None)
    if posted is None:
        raise CaptureError(_("There is no line “Đăng lúc: …” with the time."))
    title = _title(lines[:posted], lines[posted].number)
    posted_at = _time(lines[posted], zone or get_current_timezone())
    runs, photos = _photos(lines[posted + 1 :])
    lead, *paragraphs = _paragraphs(runs) or [""]
    if not lead:
        raise CaptureError(_("There is no text after the time."), lines[posted].number)
    return Capture(title, posted_at, lead, paragraphs, photos, _visits_total(lines[:posted]))


def _lines(text: str) -> list[_Line]:
    lines = []
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    for number, line in enumerate(text.split("\n"), start=1):
        visible = _WITHOUT_WIDTH.sub("", line)
        if has_forbidden_characters(visible):
            raise CaptureError(_("This line contains hidden control characters."), number)
        lines.append(_Line(number, clean_line(visible)))
    return lines


def _title(lines: Sequence[_Line], posted: int) -> str:
    """Return the lines between the visitor block and the time as one."""
    texts = [line.text for line in lines if line.text]
    marked = zip(texts, _visitor_marks(texts), strict=True)
    runs = [
        [text for text, _mark in run]
        for of_visitors, run in groupby(marked, lambda pair: pair[1])
        if not of_visitors
    ]
    if not runs:
        raise CaptureError(_("There is no title above the time."), posted)
    title = " ".join(runs[-1])
    if len(title) > MAX_TITLE:
        fault = _("The title is longer than %(limit)d characters.") % {"limit": MAX_TITLE}
        raise CaptureError(fault, next(line.number for line in lines if line.text == runs[-1][0]))
    return title


def _visitor_marks(texts: Sequence[str]) -> list[bool]:
    """Tell for each line whether it belongs to the visitor block.

    Labels stand with their number or above it; words alone are one only above such a line, and
    a number alone only below a label, so that neither is taken from a title.
    """
    marks = [False] * len(texts)
    for at in reversed(range(len(texts))):
        found = _VISITORS.fullmatch(fold(texts[at]))
        if found is None or found["label"] not in _VISITOR_LABELS:
            continue
        following = texts[at + 1] if at + 1 < len(texts) else ""
        number_follows = bool(_VISITORS.fullmatch(following)) and following[:1].isdigit()
        if not found["number"] and number_follows:
            marks[at + 1] = True
        below = at + 1 < len(texts) and marks[at + 1]
        marks[at] = bool(found["colon"] or found["number"]) or below
    return marks


def _visits_total(lines: Sequence[_Line]) -> int | None:
    """Return the number of the visitor block that stands with or below the label of all visits."""
    texts = [line.text for line in lines if line.text]
    marked = [text for text, mark in zip(texts, _visitor_marks(texts), strict=True) if mark]
    for at, text in enumerate(marked):
        found = _VISITORS.fullmatch(fold(text))
        if found is None or found["label"] not in _TOTAL_LABELS:
            continue
        number = found["number"] or (marked[at + 1] if at + 1 < len(marked) else "")
        digits = number.replace(".", "").replace(",", "")
        return int(digits) if digits.isdecimal() and len(digits) <= _MAX_DIGITS else None
    return None


def _time(line: _Line, zone: tzinfo) -> datetime:
    posted = _POSTED.match(line.text)
    assert posted is not None  # noqa: S101 — the line was chosen by this expression.
    fault = CaptureError(
        _("The time must be written as 10:01:36 08/11/2020 (GMT+7), not “%(text)s”.")
        % {"text": posted["time"][:60]},
        line.number,
    )
    found = _TIME.fullmatch(posted["time"])
    if found is None:
        raise fault
    hour, minute, second, day, month, year = (int(part or 0) for part in found.groups()[:6])
    if found["sign"]:
        offset = timedelta(hours=int(found["hours"]), minutes=int(found["minutes"] or 0))
        if offset > timedelta(hours=14):
            raise fault
        zone = timezone(offset if found["sign"] == "+" else -offset)
    try:
        moment = datetime(year, month, day, hour, minute, second, tzinfo=zone)
    except ValueError as error:
        raise fault from error
    if year not in _YEARS:
        raise fault
    return moment


def _is_photo(text: str) -> bool:
    return len(text) <= MAX_PHOTO_NAME and _PHOTO.fullmatch(text) is not None


def _photos(lines: Sequence[_Line]) -> tuple[list[list[str]], list[CapturedPhoto]]:
    """Return the texts between the photos, line by line, and the photos."""
    runs: list[list[str]] = [[]]
    photos: list[CapturedPhoto] = []
    at = 0
    while at < len(lines):
        line = lines[at]
        at += 1
        if not _is_photo(line.text):
            runs[-1].append(line.text)
            continue
        caption, at = _caption(lines, at)
        photos.append(CapturedPhoto(line.text, caption))
        runs.append([])
        if len(photos) > MAX_PHOTOS:
            fault = _("There are more than %(limit)d photos.") % {"limit": MAX_PHOTOS}
            raise CaptureError(fault, line.number)
    return runs, photos


def _caption(lines: Sequence[_Line], after_name: int) -> tuple[str, int]:
    """Return the text in brackets that follows a photo's name, and where the page goes on.

    The closing bracket must end its line; else the text is a paragraph and the caption empty.
    """
    start = next((at for at in range(after_name, len(lines)) if lines[at].text), len(lines))
    if start == len(lines) or not lines[start].text.startswith("("):
        return "", after_name
    depth, end = 0, start
    while end < len(lines) and lines[end].text and not _is_photo(lines[end].text):
        depth += lines[end].text.count("(") - lines[end].text.count(")")
        end += 1
        if depth <= 0:
            break
    text = " ".join(line.text for line in lines[start:end]).removesuffix(".")
    if depth > 0 and start == after_name:
        raise CaptureError(_("The bracket of this caption is not closed."), lines[start].number)
    if depth > 0 or not text.endswith(")") or (depth == 0 and _closes_early(text)):
        return "", after_name
    if len(caption := text[1:-1].strip()) > MAX_CAPTION:
        fault = _("The caption is longer than %(limit)d characters.") % {"limit": MAX_CAPTION}
        raise CaptureError(fault, lines[start].number)
    return caption, end


def _closes_early(text: str) -> bool:
    """Tell whether the first bracket of a balanced text closes before its end: "(a) b (c)"."""
    depth = 0
    for at, sign in enumerate(text):
        depth += (sign == "(") - (sign == ")")
        if depth == 0:
            return at < len(text) - 1
    return False


def _paragraphs(runs: Sequence[Sequence[str]]) -> list[str]:
    """Return the paragraphs: parted by empty lines or, where no text is, one in each line."""
    texts = ["\n".join(run).strip("\n") for run in runs]
    parting = r"\n\n+" if any("\n\n" in text for text in texts) else r"\n"
    return [part for text in texts for part in re.split(parting, text) if part]
