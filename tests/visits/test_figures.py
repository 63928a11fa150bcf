"""What is shown: days and months against a recount, how old it may be, what it costs; clean-up."""

from datetime import date, datetime, timedelta
from io import StringIO

import pytest
from django.core.cache import caches
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from branches.models import Office
from tests.news.helpers import count_queries
from tests.visits.clock import Clock
from tests.visits.helpers import days, local, token, view
from visits import actions, queries
from visits.counting import Figures, figures
from visits.models import VisitDay, VisitSalt, VisitSession

TODAY = date(2024, 5, 15)
any_day = st.dates(TODAY - timedelta(days=420), TODAY + timedelta(days=2))


class RecountTest(TestCase):
    @given(st.dictionaries(any_day, st.integers(0, 900), max_size=30), any_day)
    def test_days_months_and_figures_are_sums_of_the_days(
        self, counted: dict[date, int], today: date
    ) -> None:
        VisitDay.objects.all().delete()
        VisitDay.objects.bulk_create(VisitDay(day=day, visits=n) for day, n in counted.items())

        def total(first: date, last: date = today) -> int:
            return sum(n for day, n in counted.items() if first <= day <= last)

        last_days = queries.last_days(today)
        expected_days = [today - timedelta(days=past) for past in range(29, -1, -1)]
        assert last_days == [(day, counted.get(day, 0)) for day in expected_days]
        months = queries.last_months(today)
        assert [month for month, _n in months][-1] == today.replace(day=1)
        assert len({(month.year, month.month) for month, _n in months}) == 12
        for month, number in months:
            following = (month + timedelta(days=32)).replace(day=1)
            assert number == total(month, min(today, following - timedelta(days=1)))
        monday = today - timedelta(days=today.weekday())
        yesterday = today - timedelta(days=1)
        assert figures(today) == Figures(
            total(today),
            total(yesterday, yesterday),
            total(monday),
            total(today.replace(day=1)),
            sum(counted.values()),
        )


def block(path: str = "/lien-he/") -> str:
    """The block's numbers as they stand in a page."""
    text = Client().get(path).content.decode()
    return text.partition('data-figure="today">')[2].partition("<")[0]


@pytest.mark.django_db
def test_block_of_a_page_is_a_minute_old_at_most_and_right_after_midnight(
    clock: Clock, office: Office
) -> None:
    assert block() == "0"
    view(token(1))
    clock.move_to(local(2024, 5, 15, 9, 0, 44))
    assert block() == "0"
    clock.move_to(local(2024, 5, 15, 9, 0, 46))
    assert block() == "1"
    clock.move_to(local(2024, 5, 15, 23, 59, 59))
    assert block() == "1"
    clock.move_to(local(2024, 5, 16))
    assert block() == "0"


@pytest.mark.django_db
def test_block_stands_on_every_public_page_and_on_no_error_page(
    client: Client, office: Office
) -> None:
    for path in ("/", "/tin-tuc/", "/luu-tru/", "/tim-kiem/", "/lien-he/", "/thong-ke-truy-cap/"):
        for prefix in ("", "/en"):
            text = client.get(prefix + path).content.decode()
            assert text.count('data-counter="/luot-truy-cap/"') == 1, path
            assert text.count("js/visit.js") == 1, path
    for path in ("/khong-co/", "/tai-khoan/dang-nhap/"):
        text = client.get(path).content.decode()
        assert "data-counter" not in text
        assert "js/visit.js" not in text


@pytest.mark.django_db
def test_page_of_figures_costs_the_same_for_few_and_many_days(clock: Clock, office: Office) -> None:
    costs = []
    for number in (1, 3, 700):
        for past in range(VisitDay.objects.count(), number):
            VisitDay.objects.create(day=TODAY - timedelta(days=past), visits=1000 + past)
        caches["process"].clear()
        costs.append(count_queries(Client(), "/thong-ke-truy-cap/"))
    assert costs == [4, 4, 4]
    text = Client().get("/thong-ke-truy-cap/").content.decode()
    assert (
        '<th scope="row" data-label="15/05">15/05/2024</th><td data-value="1000">1.000</td>' in text
    )
    assert text.count('<th scope="row"') == 42


@pytest.mark.django_db
def test_view_is_one_statement_on_postgresql_and_few_on_sqlite(
    clock: Clock, office: Office
) -> None:
    view("")
    for body in (token(1), token(1), ""):
        with CaptureQueriesContext(
            connection,
        ) as captured:
            view(body)
        statements = [query["sql"] for query in captured if "SAVEPOINT" not in query["sql"]]
        if connection.vendor == "postgresql":
            assert len(statements) == 1
        else:
            assert 2 <= len(statements) <= 3


# Clean-up


@pytest.mark.django_db
def test_clean_up_forgets_what_is_a_day_old_and_changes_no_figure(clock: Clock) -> None:
    for number, moment in enumerate(
        [local(2024, 5, 13, 8, 59), local(2024, 5, 14, 8, 59), local(2024, 5, 14, 9, 1)]
    ):
        clock.move_to(moment)
        view(token(number))
        view(address=f"10.0.0.{number}")
    clock.move_to(local(2024, 5, 15, 9))
    VisitSalt.objects.create(day=date(2024, 5, 12), salt=b"0" * 32)
    VisitSalt.objects.create(day=TODAY, salt=b"1" * 32)
    before, sums = days(), figures(TODAY)
    out = StringIO()
    call_command("clean_visits", stdout=out)
    assert "4" in out.getvalue()
    assert {session.last_seen for session in VisitSession.objects.all()} == {
        local(2024, 5, 14, 9, 1)
    }
    assert [salt.day for salt in VisitSalt.objects.all()] == [TODAY]
    assert (days(), figures(TODAY)) == (before, sums)
    call_command("clean_visits", stdout=out)
    assert VisitSession.objects.count() == 2
    # With or without its row, whoever comes back after a day begins a visit.
    assert [view(token(number)).counted for number in range(3)] == [True] * 3


@pytest.mark.django_db
def test_clean_up_goes_on_batch_by_batch(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "BATCH", 7)
    old = timezone.now() - timedelta(days=2)
    VisitSession.objects.bulk_create(
        VisitSession(key=f"{n:064}", day=TODAY, last_seen=old, counted=True) for n in range(30)
    )
    assert actions.clean_up() == 30
    assert VisitSession.objects.count() == 0


def test_moments_of_these_tests_are_the_offices() -> None:
    assert local(2024, 5, 15, 9) == datetime.fromisoformat("2024-05-15T02:00:00Z")
