"""Removing old browsers beside readers who come back: early, late or never, it is the same."""

import random
import threading
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from branches.models import Office
from tests.visits.clock import Clock
from tests.visits.helpers import days, local, together, token, until_waiting, view
from visits import actions, counting
from visits.counting import Figures, figures
from visits.models import VisitDay, VisitSession

START = local(2024, 5, 13)


def old_rows(number: int) -> None:
    """Browsers of the day before yesterday."""
    seen = timezone.now() - timedelta(days=2)
    VisitSession.objects.bulk_create(
        VisitSession(key=f"{n:064x}", day=seen.date(), last_seen=seen, counted=True)
        for n in range(number)
    )


def month(clock: Clock, clean: Callable[[random.Random], bool]) -> list[tuple[bool, Figures]]:
    """Twenty-five browsers over nine days; before each view it is cleaned up, or not."""
    VisitDay.objects.all().delete()
    VisitSession.objects.all().delete()
    views, nights = random.Random(5), random.Random(6)
    moment, told = START, []
    for _view in range(240):
        moment += timedelta(minutes=views.expovariate(1 / 54))
        clock.move_to(moment)
        if clean(nights):
            actions.clean_up()
        told.append(tuple(view(token(views.randrange(25)))))
    return told  # type: ignore[return-value]


def test_no_answer_differs_whether_it_is_cleaned_often_seldom_or_never(
    clock: Clock, office: Office
) -> None:
    never = month(clock, lambda _chance: False)
    kept = VisitSession.objects.count()
    assert month(clock, lambda chance: chance.random() < 0.04) == never
    assert month(clock, lambda _chance: True) == never
    assert VisitSession.objects.count() < kept == 25
    assert 25 < sum(was_counted for was_counted, _figures in never) < 240
    assert sum(days().values()) == sum(was_counted for was_counted, _figures in never)


@pytest.mark.parametrize("microseconds", [-1, 0, 1])
def test_a_browser_seen_a_day_ago_stays_and_one_before_that_goes(
    clock: Clock, microseconds: int
) -> None:
    view(token(1))
    age = timedelta(days=1, microseconds=microseconds)
    clock.move_to(local(2024, 5, 15, 9) + age)
    assert actions.clean_up() == (microseconds > 0)


@pytest.mark.django_db
def test_rows_go_in_small_batches_each_of_its_own(clock: Clock) -> None:
    old_rows(2 * actions.BATCH + 1)
    view(token(1))
    before = days(), figures(date(2024, 5, 15))
    with CaptureQueriesContext(connection) as captured:
        assert actions.clean_up() == 2 * actions.BATCH + 1
    deletions = [query["sql"] for query in captured if "DELETE FROM" in query["sql"]]
    assert sum("visits_visitsession" in sql for sql in deletions) == 3
    assert (days(), figures(date(2024, 5, 15))) == before
    assert VisitSession.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_clean_ups_at_once_remove_each_row_once(clock: Clock) -> None:
    old_rows(1200)
    assert sum(together([actions.clean_up] * 4)) == 1200
    assert VisitSession.objects.count() == 0


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has one writer at a time")
def test_cleaning_and_counting_the_same_rows_never_wait_for_each_other_in_a_circle() -> None:
    """Who comes back locks rows by key; they lie in the table in another order."""
    keys = [f"{n:064x}" for n in range(3)]
    seen = timezone.now() - timedelta(days=2)
    for key in reversed(keys):
        VisitSession.objects.create(key=key, day=seen.date(), last_seen=seen, counted=True)
    held, over = threading.Event(), threading.Event()

    def hold_the_middle() -> None:
        with connection.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SELECT 1 FROM visits_visitsession WHERE key = %s FOR UPDATE", [keys[1]])
            held.set()
            over.wait()
            cursor.execute("COMMIT")

    def come_back() -> Any:
        held.wait()
        # As when three come back while another view is written: one statement for all.
        return counting._store(keys)

    def clean() -> None:
        held.wait()
        try:
            until_waiting(1)
            actions.clean_up()
        finally:
            over.set()

    def let_go() -> None:
        held.wait()
        # The second that waits is the clean-up; if it does not, it lets go itself.
        until_waiting(2, unless=over.is_set)
        over.set()

    _held, answer, _cleaned, _let_go = together([hold_the_middle, come_back, clean, let_go])
    assert answer[0] == set(keys)
    assert sum(days().values()) == 3
    assert VisitSession.objects.count() == 3
