"""Where a visit, a day, a week, a month and a year end, whatever zone machines are in."""

import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from branches.models import Office
from tests.visits.clock import Clock
from tests.visits.helpers import ZONE, days, local, token, view
from visits.counting import figures
from visits.models import VisitDay, VisitSession

MICROSECOND = timedelta(microseconds=1)


class Border(NamedTuple):
    """The first moment of a new day, and the five numbers there of who read across it."""

    at: datetime
    five: tuple[int, int, int, int, int]


# today, yesterday, week, month, all: one visit ended a microsecond before, one begins there.
BORDERS = {
    "Tuesday to Wednesday": Border(local(2024, 5, 15), (1, 1, 2, 2, 2)),
    "Sunday to Monday": Border(local(2024, 5, 20), (1, 1, 1, 2, 2)),
    "Saturday to Sunday": Border(local(2024, 5, 19), (1, 1, 2, 2, 2)),
    "January to February": Border(local(2024, 2, 1), (1, 1, 2, 1, 2)),
    "February to its leap day": Border(local(2024, 2, 29), (1, 1, 2, 2, 2)),
    "leap day to March": Border(local(2024, 3, 1), (1, 1, 2, 1, 2)),
    "28 February to March": Border(local(2023, 3, 1), (1, 1, 2, 1, 2)),
    "28 February 2100 to March": Border(local(2100, 3, 1), (1, 1, 1, 1, 2)),
    "April to May": Border(local(2024, 5, 1), (1, 1, 2, 1, 2)),
    "year within a week": Border(local(2025, 1, 1), (1, 1, 2, 1, 2)),
    "year on a Monday": Border(local(2024, 1, 1), (1, 1, 1, 1, 2)),
    "year in week 53": Border(local(2021, 1, 1), (1, 1, 2, 1, 2)),
}
# None: as the portal sets it.
SERVER_ZONES = [None, "UTC", "America/New_York", "Pacific/Kiritimati"]


@pytest.fixture(params=SERVER_ZONES, ids=str)
def _server_zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The clock of the server process shows the time of some zone."""
    if request.param is None:
        yield
        return
    with monkeypatch.context() as patched:
        patched.setenv("TZ", request.param)
        time.tzset()
        yield
    time.tzset()


@pytest.fixture
def database_zone(clock: Clock, request: pytest.FixtureRequest) -> Iterator[None]:
    """The session with the database shows times in some zone."""
    with connection.cursor() as cursor:
        cursor.execute("SET TIME ZONE %s", [request.param])
        yield
        cursor.execute("SET TIME ZONE 'UTC'")


def assert_border(clock: Clock, border: Border) -> None:
    """One browser reads a microsecond before it and at it: two visits, each on its day."""
    answers = []
    for moment in (border.at - MICROSECOND, border.at):
        clock.move_to(moment)
        answers.append(view(token(1)))
    assert [answer.counted for answer in answers] == [True, True]
    assert answers[0].figures == (1, 0, 1, 1, 1)
    assert answers[1].figures == border.five
    today = border.at.date()
    assert days() == {today - timedelta(days=1): 1, today: 1}
    assert VisitSession.objects.filter(day=today, last_seen=border.at).count() == 1


@pytest.mark.parametrize("name", BORDERS)
@pytest.mark.usefixtures("_server_zone")
def test_days_end_at_midnight_of_the_office(clock: Clock, name: str) -> None:
    assert_border(clock, BORDERS[name])


@pytest.mark.usefixtures("_server_zone")
def test_midnight_of_utc_ends_nothing(clock: Clock) -> None:
    clock.move_to(local(2024, 4, 30, 23, 59))
    assert view(token(9)).counted
    answers = []
    for moment in (local(2024, 5, 1, 7) - MICROSECOND, local(2024, 5, 1, 7)):
        clock.move_to(moment)
        answers.append(view(token(1)))
    assert answers == [(True, (1, 1, 2, 1, 2)), (False, (1, 1, 2, 1, 2))]
    assert days() == {date(2024, 4, 30): 1, date(2024, 5, 1): 1}


@pytest.mark.postgresql
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="sessions of SQLite have no zone")
@pytest.mark.parametrize(
    "database_zone", ["America/New_York", "Pacific/Kiritimati", "+03:17"], indirect=True
)
@pytest.mark.parametrize("name", ["Sunday to Monday", "leap day to March", "year within a week"])
@pytest.mark.usefixtures("database_zone")
def test_the_zone_of_the_database_session_does_not_matter(clock: Clock, name: str) -> None:
    assert_border(clock, BORDERS[name])


@pytest.mark.parametrize(
    ("gap", "is_visit"),
    [
        (timedelta(0), False),
        (timedelta(minutes=30) - MICROSECOND, False),
        (timedelta(minutes=30), True),
        (timedelta(minutes=30) + MICROSECOND, True),
    ],
)
@pytest.mark.parametrize("microsecond", [0, 1, 500_000, 999_999])
def test_half_an_hour_without_a_view_ends_a_visit(
    clock: Clock, gap: timedelta, is_visit: bool, microsecond: int
) -> None:
    start = local(2024, 5, 15, 9, 0, 0, microsecond)
    clock.move_to(start)
    assert view(token(1)).counted
    clock.move_to(start + gap)
    assert view(token(1)).counted is is_visit
    assert days() == {date(2024, 5, 15): 1 + is_visit}


def test_a_visit_lasts_as_long_as_views_follow_each_other(clock: Clock) -> None:
    counted = []
    for past in range(60):
        clock.move_to(local(2024, 5, 15, 9) + past * timedelta(minutes=29, seconds=59))
        counted.append(view(token(1)).counted)
    # Half an hour counts from the last view, not from the first; the cut is at midnight.
    assert [past for past, is_visit in enumerate(counted) if is_visit] == [0, 31]
    assert days() == {date(2024, 5, 15): 1, date(2024, 5, 16): 1}


@pytest.mark.parametrize("back", [MICROSECOND, timedelta(minutes=40), timedelta(days=2)])
def test_a_clock_that_is_set_back_takes_nothing_back_and_counts_nobody_twice(
    clock: Clock, back: timedelta
) -> None:
    start = local(2024, 5, 15, 0, 10)
    clock.move_to(start)
    assert view(token(1)).counted
    clock.move_to(start - back)
    assert not view(token(1)).counted
    assert VisitSession.objects.values_list("day", "last_seen").get() == (start.date(), start)
    assert days() == {date(2024, 5, 15): 1}


# Days of which every sum tells which days it is made of.
FIRST_DAY = date(2024, 1, 15)
ALL_DAYS = [FIRST_DAY + timedelta(days=past) for past in range(60)]


def days_in(number: int) -> set[date]:
    return {day for place, day in enumerate(ALL_DAYS) if number >> place & 1}


@pytest.mark.django_db
@pytest.mark.parametrize("today", ALL_DAYS[31:], ids=str)
def test_each_number_is_the_sum_of_exactly_its_days(today: date) -> None:
    VisitDay.objects.bulk_create(VisitDay(day=d, visits=1 << n) for n, d in enumerate(ALL_DAYS))
    past = [day for day in ALL_DAYS if day <= today]
    week, month = today.isocalendar()[:2], (today.year, today.month)
    assert [days_in(number) for number in figures(today)] == [
        {today},
        {today - timedelta(days=1)},
        {day for day in past if day.isocalendar()[:2] == week},
        {day for day in past if (day.year, day.month) == month},
        set(ALL_DAYS),
    ]
    assert len(days_in(figures(today).week)) == today.isoweekday()


# Offices elsewhere

ZONES = ["Asia/Kolkata", "Pacific/Chatham", "Pacific/Kiritimati", "America/Los_Angeles", "UTC"]


@pytest.mark.parametrize("name", ZONES)
@pytest.mark.usefixtures("_server_zone")
def test_days_end_at_midnight_of_an_office_in_another_zone(
    clock: Clock, office: Office, name: str
) -> None:
    office.time_zone = name
    office.save()
    assert_border(clock, Border(local(2024, 3, 1, zone=ZoneInfo(name)), (1, 1, 2, 1, 2)))


@pytest.mark.parametrize(
    ("name", "day", "hours"),
    [
        ("America/New_York", date(2024, 3, 10), 23),
        ("America/New_York", date(2024, 11, 3), 25),
        ("Australia/Lord_Howe", date(2024, 4, 7), 24.5),
        ("America/Havana", date(2024, 3, 10), 23),
    ],
)
def test_days_that_are_shorter_or_longer_have_their_visits(
    clock: Clock, office: Office, name: str, day: date, hours: float
) -> None:
    office.time_zone = name
    office.save()
    zone = ZoneInfo(name)
    # Where clocks go forward at midnight, the day begins at one; fold is for the other way.
    start = datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()
    moments = [start - 0.5, start + 0.5, *(start + half * 1800 for half in range(1, 60))]
    counted = []
    for moment in moments:
        clock.move_to(datetime.fromtimestamp(moment, ZONE))
        counted.append(view(token(1)).counted)
    assert counted == [True, True, *[False], *[True] * 58]
    inside = sum(start <= moment < start + hours * 3600 for moment in moments)
    assert days()[day] == inside - 1
    assert days()[day - timedelta(days=1)] == 1
    assert sum(days().values()) == sum(counted)
