"""Dates and times as Vietnamese offices write them."""

from calendar import monthrange
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string


def office_zone() -> ZoneInfo:
    """Return the time zone by which the office's days begin; `OFFICE_ZONE` says who knows it.

    Requests run in it (branches.middleware); commands and the short way must ask.
    """
    zone: ZoneInfo = import_string(settings.OFFICE_ZONE)()
    return zone


def exact_time(moment: datetime) -> str:
    """Return `10:01:36 08/11/2020` in the current time zone."""
    return f"{timezone.localtime(moment):%H:%M:%S %d/%m/%Y}"


def posted_at(moment: datetime) -> str:
    """Return `10:01:36 08/11/2020 (GMT+7)` in the current time zone."""
    local = timezone.localtime(moment)
    minutes = round((local.utcoffset() or timedelta()).total_seconds() / 60)
    sign = "+" if minutes >= 0 else "-"
    hours, rest = divmod(abs(minutes), 60)
    zone = f"GMT{sign}{hours}" + (f":{rest:02d}" if rest else "")
    return f"{exact_time(moment)} ({zone})"


def months_before(day: date, months: int) -> date:
    """Return the same day so many months earlier, or the last of that month if it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    if year < date.min.year:
        return date.min
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
