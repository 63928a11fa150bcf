"""What the counter shows."""

import logging
from datetime import date, timedelta

from django.core.cache import caches
from django.db import DatabaseError
from django.db.models import Sum
from django.db.models.functions import TruncMonth

from visits.counting import Figures, figures
from visits.models import VisitDay

logger = logging.getLogger("portal.visits")

DAYS = 30
MONTHS = 12
# The block in a page may be a minute old; the page itself is kept for some seconds of it.
KEPT_SECONDS = 45


def kept_figures(today: date) -> Figures | None:
    """Return the five numbers as they were at most 45 seconds ago on the local date `today`.

    None while the counter's tables cannot be read: no page must fail for that.
    """
    try:
        return caches["process"].get_or_set(f"visits-{today}", lambda: figures(today), KEPT_SECONDS)
    except DatabaseError:
        logger.exception("the visitor counter cannot be read")
        return None


def last_days(today: date, number: int = DAYS) -> list[tuple[date, int]]:
    """The visits of each of the last days, `today` the last of them; days without any are 0."""
    first = today - timedelta(days=number - 1)
    counted = dict(
        VisitDay.objects.filter(day__gte=first, day__lte=today).values_list("day", "visits")
    )
    days = [first + timedelta(days=past) for past in range(number)]
    return [(day, counted.get(day, 0)) for day in days]


def last_months(today: date, number: int = MONTHS) -> list[tuple[date, int]]:
    """The visits of each of the last calendar months by first day, the present one last."""
    present = today.year * 12 + today.month - 1
    months = [
        date(place // 12, place % 12 + 1, 1) for place in range(present - number + 1, present + 1)
    ]
    counted = dict(
        VisitDay.objects.filter(day__gte=months[0], day__lte=today)
        .order_by()
        .values_list(TruncMonth("day"))
        .annotate(sum=Sum("visits"))
    )
    return [(month, counted.get(month, 0)) for month in months]
