"""Two years of visits for the demo, as a small district's portal has them: the same each time."""

import random
from collections.abc import Iterator
from datetime import date, timedelta

from visits.models import VisitBotDay

DAYS = 730
BOT_DAYS = 60
USUAL = 62
# By weekday from Monday: people read at work, and least on Sunday.
WEEK = (1.12, 1.15, 1.1, 1.08, 1.02, 0.82, 0.71)
# By month: Youth Month in March, the volunteers' summer from June to August, quiet at the
# turn of the year.
YEAR = (0.78, 0.72, 1.45, 1.05, 1.0, 1.2, 1.3, 1.22, 1.0, 0.96, 0.94, 0.85)
# The Union's day, the first of May, the Independence Day, the teachers' day.
HOLIDAYS = {(3, 26): 1.9, (4, 30): 0.6, (5, 1): 0.55, (9, 2): 0.55, (11, 20): 1.15, (1, 1): 0.5}
# The days of Tết, when nobody reads: first days of the lunar year.
TET = (date(2024, 2, 10), date(2025, 1, 29), date(2026, 2, 17), date(2027, 2, 6), date(2028, 1, 26))
BOTS = {
    VisitBotDay.Kind.CRAWLER: 14,
    VisitBotDay.Kind.HEADLESS: 4,
    VisitBotDay.Kind.PREFETCH: 3,
    VisitBotDay.Kind.UNNAMED: 2,
}


def _chance(day: date, what: str = "") -> random.Random:
    return random.Random(f"{day}{what}")  # noqa: S311 — invented figures, not secrets.


def visits_of(day: date, today: date) -> int:
    """Return the visits of a day; they grow by a third over the two years up to `today`."""
    growth = 1 - 0.25 * (today - day).days / DAYS
    expected = USUAL * growth * WEEK[day.weekday()] * YEAR[day.month - 1]
    expected *= HOLIDAYS.get((day.month, day.day), 1)
    if any(-2 <= (day - first).days <= 5 for first in TET):
        expected *= 0.35
    return max(3, round(_chance(day).gauss(expected, expected * 0.14)))


def demo_days(today: date) -> Iterator[tuple[date, int]]:
    """Yield the two years before `today`, oldest first."""
    for past in range(DAYS, 0, -1):
        day = today - timedelta(days=past)
        yield day, visits_of(day, today)


def demo_bots(today: date) -> Iterator[tuple[date, VisitBotDay.Kind, int]]:
    """Yield what robots looked at in the two months before `today`."""
    for past in range(BOT_DAYS, 0, -1):
        day = today - timedelta(days=past)
        for kind, usual in BOTS.items():
            yield day, kind, _chance(day, kind).randint(usual // 2, usual * 2)
