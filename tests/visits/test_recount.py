"""A simulated month: every answer and every day equal a recount of the journal by plain Python."""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from django.test import Client

from accounts.models import User
from branches.models import Office
from tests.conftest import signed_in
from tests.visits.clock import Clock
from tests.visits.helpers import CRAWLER, PHONE, ZONE, days, local, token, view
from visits.actions import OldTotal, clean_up, open_balance
from visits.counting import Figures, figures
from visits.models import VisitAdjustment

# Over the leap day, five Mondays and the first of a month.
START = date(2024, 2, 8)
DAYS = 30
BROWSERS = 200
VIEWS = 3000
OLD_TOTAL = 237_363
BY_HAND = (date(2024, 2, 20), -1_000)
MICROSECOND = timedelta(microseconds=1)
EDGES = (-MICROSECOND, timedelta(0), MICROSECOND)
HALF_HOUR = timedelta(minutes=30)
MACHINES_AND_STAFF = ("robot", "staff")


@dataclass(frozen=True)
class View:
    """An entry of the journal: who looked at a page, and when."""

    at: datetime
    who: str
    number: int


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZONE)


def next_moment(chance: random.Random, last: datetime) -> datetime:
    """When a browser opens its next page: often at the very edge of a visit or of a day."""
    edge = chance.choice(EDGES)
    kind = chance.random()
    if kind < 0.35:
        return last + HALF_HOUR + edge
    if kind < 0.6:
        return last + timedelta(seconds=chance.uniform(1, 1790))
    if kind < 0.8:
        return midnight(last.date() + timedelta(days=1)) + edge
    return last + timedelta(hours=chance.uniform(1, 240))


def views_of(chance: random.Random, who: str, number: int) -> Iterator[View]:
    """All views of one browser within the month."""
    at = midnight(START) + timedelta(days=chance.uniform(0, DAYS))
    end = midnight(START) + timedelta(days=DAYS)
    while at < end:
        yield View(at, who, number)
        at = next_moment(chance, at)


def journal() -> list[View]:
    """Some three thousand views by two hundred browsers, robots and the staff, in order."""
    chance = random.Random(20_240_208)
    views: list[View] = []
    for number in range(BROWSERS):
        who = "without token" if number % 5 == 0 else "token"
        views += views_of(chance, who, number)
    for number in range(5):
        views += views_of(chance, "robot", number)
        views += views_of(chance, "staff", number)
    return sorted(views, key=lambda view: (view.at, view.who, view.number))


def recount(views: list[View]) -> list[date | None]:
    """The day to which each view adds a visit, or None: the definition, read aloud."""
    last: dict[int, datetime] = {}
    found: list[date | None] = []
    for each in views:
        if each.who in MACHINES_AND_STAFF:
            found.append(None)
            continue
        before = last.get(each.number)
        is_visit = (
            before is None or each.at - before >= HALF_HOUR or each.at.date() != before.date()
        )
        found.append(each.at.date() if is_visit else None)
        last[each.number] = each.at
    return found


def five(counted: Counter[date], today: date) -> Figures:
    """The five numbers on `today`, by looking at every day."""
    week = today.isocalendar()[:2]
    month = (today.year, today.month)
    return Figures(
        today=counted[today],
        yesterday=counted[today - timedelta(days=1)],
        week=sum(n for day, n in counted.items() if day.isocalendar()[:2] == week),
        month=sum(n for day, n in counted.items() if (day.year, day.month) == month),
        total=sum(counted.values()) + OLD_TOTAL + (BY_HAND[1] if today >= BY_HAND[0] else 0),
    )


def enter_by_hand(user: User) -> None:
    """The staff take something off the total."""
    day, amount = BY_HAND
    VisitAdjustment.objects.create(amount=amount, reason="thừa", effective_on=day, by=user)


class Town:
    """Sends the views of the journal, each in its manner."""

    def __init__(self, staff: User) -> None:
        self.reader = Client()
        self.staff = staff

    def send(self, view_: View) -> Any:
        number = view_.number
        if view_.who == "robot":
            return view(token(number), client=self.reader, agent=CRAWLER)
        if view_.who == "staff":
            # Each time anew: in a month a session ends.
            return view(token(number), client=signed_in(self.staff))
        if view_.who == "token":
            # Many share an address, and all a name.
            return view(token(number), client=self.reader, address="203.0.113.9")
        agent = f"{PHONE} Trinhduyet/{number % 10}"
        return view(client=self.reader, agent=agent, address=f"198.51.100.{number // 10}")


def test_the_journal_often_meets_the_edges_of_visits_and_of_days() -> None:
    views = journal()
    gaps: Counter[timedelta] = Counter()
    times: Counter[timedelta] = Counter()
    last: dict[tuple[bool, int], datetime] = {}
    for each in views:
        browser = (each.who in MACHINES_AND_STAFF, each.number)
        gaps[each.at - last.get(browser, each.at)] += 1
        times[each.at - midnight(each.at.date())] += 1
        last[browser] = each.at
    assert (len(views) > VIEWS, len({each.number for each in views})) == (True, BROWSERS)
    assert min(gaps[HALF_HOUR + edge] for edge in EDGES) > 100
    assert min(times[edge % timedelta(days=1)] for edge in EDGES) > 50


def test_every_answer_of_a_month_equals_the_recount_of_the_journal(
    clock: Clock, office: Office, admin_lan: User
) -> None:
    clock.move_to(local(2024, 2, 8))
    open_balance(OldTotal(OLD_TOTAL, date(2020, 11, 10), "ảnh chụp cổng cũ"), by=None)
    town, views = Town(admin_lan), journal()
    counted: Counter[date] = Counter()
    differing = []
    for day, entries in groupby(zip(views, recount(views), strict=True), lambda e: e[0].at.date()):
        if day == BY_HAND[0]:
            enter_by_hand(admin_lan)
        for each, visit_on in entries:
            clock.move_to(each.at)
            answer = town.send(each)
            if visit_on:
                counted[visit_on] += 1
            expected = (visit_on is not None, five(counted, day))
            if answer != expected:
                differing.append((each, answer, expected))
        if day.day % 3 == 0:
            clean_up()
        assert (days(), figures(day)) == (counted, five(counted, day))
    assert differing == []
    for later in range(DAYS, DAYS + 60):
        day = START + timedelta(days=later)
        assert figures(day) == five(counted, day)
