"""Daily figures of an old portal, from a CSV file of two columns: date and visits."""

import re
from datetime import date
from pathlib import Path

from django.utils.translation import gettext as _

MAX_BYTES = 1024 * 1024
_DATES = (
    re.compile(r"(?P<y>[0-9]{4})-(?P<m>[0-9]{1,2})-(?P<d>[0-9]{1,2})"),
    re.compile(r"(?P<d>[0-9]{1,2})/(?P<m>[0-9]{1,2})/(?P<y>[0-9]{4})"),
)
_VISITS = re.compile(r"[0-9]{1,9}")


class FiguresError(Exception):
    """A file that cannot be read: why, in a sentence that names the line."""


def read_daily_figures(path: Path) -> dict[date, int]:
    """Return visits by day. Dates are 2020-11-08 or 08/11/2020; a first line of titles may stand.

    Raises FiguresError for a file that is missing, too large, no UTF-8, or has a bad line.
    """
    try:
        data = path.read_bytes() if path.stat().st_size <= MAX_BYTES else None
    except OSError as error:
        raise FiguresError(error.strerror or str(error)) from error
    if data is None:
        raise FiguresError(_("This file is larger than 1 MB."))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FiguresError(_("This file is not UTF-8 text.")) from error
    return _read(text)


def _read(text: str) -> dict[date, int]:
    days: dict[date, int] = {}
    delimiter = ";" if text.count(";") > text.count(",") else ","
    # Line by line: neither a date nor a number goes over two, quoted or not.
    for number, line in enumerate(text.splitlines(), start=1):
        cells = [cell.strip().strip('"').strip() for cell in line.split(delimiter)]
        if not any(cells) or (number == 1 and not re.search("[0-9]", "".join(cells))):
            continue
        day = _date(cells[0])
        if day is None or len(cells) < 2 or not _VISITS.fullmatch(cells[1]):
            raise FiguresError(_("Line %(line)d is no date and number.") % {"line": number})
        if day in days:
            raise FiguresError(
                _("Line %(line)d names a day for the second time.") % {"line": number}
            )
        days[day] = int(cells[1])
    if not days:
        raise FiguresError(_("This file has no days."))
    return days


def _date(text: str) -> date | None:
    for pattern in _DATES:
        if found := pattern.fullmatch(text):
            try:
                return date(int(found["y"]), int(found["m"]), int(found["d"]))
            except ValueError:
                return None
    return None
