"""Many views at the same moment, from threads of one process (test_processes.py has several)."""

import random
import threading
from collections import Counter
from datetime import date, datetime
from functools import partial
from itertools import chain
from typing import Any

import pytest
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.utils import timezone

from tests.visits.clock import Clock
from tests.visits.helpers import (
    CRAWLER,
    Answer,
    bot_days,
    days,
    load_office,
    local,
    together,
    token,
    until_waiting,
    view,
)
from visits import actions
from visits.models import VisitSalt, VisitSession

TODAY, TOMORROW = date(2024, 5, 15), date(2024, 5, 16)
MORNING = local(2024, 5, 15, 9)
LATE, EARLY = local(2024, 5, 15, 23, 59, 59, 900_000), local(2024, 5, 16, 0, 0, 0, 100_000)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("office")]


def go_to(clock: Clock, moment: datetime) -> None:
    """Move the clock, and load the office, which each process keeps for a second.

    Two hundred threads that need it at once ask for more connections than PostgreSQL has.
    """
    clock.move_to(moment)
    load_office()


def look(number: int, **options: Any) -> Answer:
    """A view in a thread: its own browser, and a fault of the server is an answer."""
    return view(token(number), client=Client(raise_request_exception=False), **options)


def totals(answers: list[Answer]) -> list[int]:
    """What those who were counted saw as the total."""
    return sorted(answer.figures.total for answer in answers if answer.counted)


def test_fifty_views_of_one_browser_at_once_are_one_visit(clock: Clock) -> None:
    go_to(clock, MORNING)
    answers = together([partial(look, 1)] * 50)
    assert Counter(answer.counted for answer in answers) == {True: 1, False: 49}
    assert {answer.figures for answer in answers} == {(1, 0, 1, 1, 1)}
    assert days() == {TODAY: 1}
    assert VisitSession.objects.count() == 1


def test_two_hundred_browsers_at_once_are_two_hundred_visits(clock: Clock) -> None:
    go_to(clock, MORNING)
    answers = together([partial(look, number) for number in range(200)])
    assert [answer for answer in answers if not answer.counted] == []
    assert days() == {TODAY: 200}
    assert VisitSession.objects.filter(counted=True, day=TODAY).count() == 200
    # Whoever is told sees at least the own visit, and the last of all sees all.
    assert all(place <= total for place, total in enumerate(totals(answers), start=1))
    assert totals(answers)[-1] == 200


def test_browsers_that_come_back_at_once_are_counted_once_each_again(clock: Clock) -> None:
    go_to(clock, MORNING)
    calls = [partial(look, number % 20) for number in range(100)]
    together(calls)
    go_to(clock, local(2024, 5, 15, 9, 29, 59))
    assert sum(answer.counted for answer in together(calls)) == 0
    go_to(clock, local(2024, 5, 15, 9, 59, 59))
    assert sum(answer.counted for answer in together(calls)) == 20
    assert days() == {TODAY: 40}


class Midnight:
    """Lets threads look again and again while midnight passes, each at least once before and after.

    `passes_after` answers have come when it does.
    """

    def __init__(self, clock: Clock, *, passes_after: int) -> None:
        self.clock = clock
        self.answers = threading.Semaphore(0)
        self.passes_after = passes_after
        self.passed = threading.Event()

    def look(self, number: int) -> list[tuple[bool, bool, bool]]:
        """Whether each view was surely before midnight, surely after it, and counted."""
        looks = []
        is_over = False
        while not is_over:
            is_over = self.passed.is_set()
            try:
                answer = look(number)
            finally:
                # Else every thread keeps one, and there are a hundred.
                connection.close()
                self.answers.release()
            looks.append((timezone.now() < EARLY, is_over, answer.counted))
        return looks

    def watch(self) -> list[tuple[bool, bool, bool]]:
        """Wait for the answers, then let midnight pass."""
        for _answer in range(self.passes_after):
            self.answers.acquire()
        try:
            self.clock.move_to(EARLY)
        finally:
            self.passed.set()
        return []


def test_one_browser_that_many_threads_show_across_midnight_is_two_visits(clock: Clock) -> None:
    go_to(clock, LATE)
    midnight = Midnight(clock, passes_after=1)
    looks = chain.from_iterable(together([midnight.watch, *[partial(midnight.look, 1)] * 50]))
    assert sum(counted for _before, _after, counted in looks) == 2
    assert days() == {TODAY: 1, TOMORROW: 1}


def test_two_hundred_browsers_across_midnight_are_counted_on_each_day_they_looked(
    clock: Clock,
) -> None:
    go_to(clock, LATE)
    midnight = Midnight(clock, passes_after=60)
    calls = [partial(midnight.look, number) for number in range(200)]
    _watched, *looks = together([midnight.watch, *calls])
    counted = [sum(was_counted for _before, _after, was_counted in own) for own in looks]
    # Everybody looked after midnight; who was counted twice had looked before it, too.
    assert days() == {TODAY: sum(counted) - 200, TOMORROW: 200}
    assert set(counted) <= {1, 2}
    assert [n for own, n in zip(looks, counted, strict=True) if own[0][0] and n != 2] == []
    assert [n for own, n in zip(looks, counted, strict=True) if own[0][1] and n != 1] == []
    assert set(VisitSession.objects.values_list("day", flat=True)) == {TOMORROW}


def test_views_by_robots_at_once_are_all_there(clock: Clock) -> None:
    go_to(clock, MORNING)
    together([partial(look, number, agent=CRAWLER) for number in range(30)])
    assert bot_days() == {(TODAY, "crawler"): 30}
    assert days() == {}


def test_the_first_of_a_day_draw_one_salt_between_them(clock: Clock) -> None:
    for day in (15, 16):
        clock.move_to(local(2024, 5, day, 9))

        def salt() -> bytes:
            caches["process"].clear()
            return actions._salt_of(timezone.localdate())

        salts = set(together([salt] * 16))
        assert salts == {bytes(VisitSalt.objects.get().salt)}
        assert VisitSalt.objects.get().day == date(2024, 5, day)


def test_readers_without_token_at_once_are_one_visit_for_each_address_and_browser(
    clock: Clock,
) -> None:
    go_to(clock, MORNING)
    calls = [
        partial(view, client=Client(), address=f"203.0.113.{n % 6}", agent=f"Mozilla/5.0 {n % 3}")
        for n in range(60)
    ]
    assert sum(answer.counted for answer in together(calls)) == 6
    assert days() == {TODAY: 6}
    assert VisitSalt.objects.count() == 1


def test_cleaning_while_old_browsers_come_back_loses_nobody(clock: Clock) -> None:
    go_to(clock, MORNING)
    together([partial(look, number) for number in range(60)])
    go_to(clock, local(2024, 5, 17, 9))
    order = list(range(60))
    random.Random(3).shuffle(order)
    answers = together([*[partial(look, n) for n in order], *[actions.clean_up] * 3])
    assert [a for a in answers[:60] if not a.counted] == []
    assert days() == {TODAY: 60, date(2024, 5, 17): 60}
    assert Counter(VisitSession.objects.values_list("day", flat=True)) == {date(2024, 5, 17): 60}


@pytest.mark.postgresql
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="needs real PostgreSQL")
def test_the_clock_is_read_once_the_row_is_locked(clock: Clock) -> None:
    """A view that waits for another over midnight belongs to the day on which it gets its turn."""
    go_to(clock, LATE)
    look(1)
    held, over = threading.Event(), threading.Event()

    def hold() -> None:
        with connection.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SELECT 1 FROM visits_visitsession FOR UPDATE")
            held.set()
            over.wait()
            cursor.execute("COMMIT")

    def wait() -> Answer:
        held.wait()
        return look(1)

    def pass_midnight() -> None:
        held.wait()
        try:
            until_waiting(1)
            clock.move_to(EARLY)
        finally:
            over.set()

    answer = together([hold, wait, pass_midnight])[1]
    assert answer.counted
    assert days() == {TODAY: 1, TOMORROW: 1}
