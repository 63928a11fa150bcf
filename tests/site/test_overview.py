"""Figures and tasks of the entry pages lead to lists that show exactly what they count."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from branches.models import Commune, HeadCount, Office
from core import overview
from news.models import Article
from tests.conftest import signed_in
from tests.factories import make_article, make_branch, make_published
from tests.news.helpers import page, words_of

pytestmark = pytest.mark.django_db
# Noon in Việt Nam, amid a month.
NOON = datetime(2024, 5, 15, 5, 0, tzinfo=UTC)


@pytest.fixture
def chief(office: Office) -> User:
    """The district's administrator, who sees every figure."""
    return User.objects.create_user("chanh", role=Role.DISTRICT_ADMIN)


def make_records() -> None:
    """Of everything that is counted some, and beside it what looks like it."""
    day = timedelta(days=1)
    for age in (0, 3, 14, 15, 40):
        make_published(publish_at=NOON - age * day)
    make_published(publish_at=NOON + day)
    make_published(publish_at=NOON - 2 * day, expire_at=NOON - day)
    make_published(publish_at=NOON - 2 * day, expire_at=NOON + day)
    for status in (Article.Status.IN_REVIEW, Article.Status.IN_REVIEW, Article.Status.WITHDRAWN):
        make_article(status=status, status_at=NOON - day, publish_at=NOON - day)
    make_article()
    today = NOON.date()
    commune = Commune.objects.create(name="Hồng Lạc")
    for number in range(3):
        branch = make_branch(commune, founded_on=today)
        HeadCount.objects.create(branch=branch, counted_on=today, members=4 + number)
    closed = make_branch(commune, closed_on=today)
    HeadCount.objects.create(branch=closed, counted_on=today, members=99)
    make_branch(commune, founded_on=today + day)
    Commune.objects.create(name="Sơn Thủy", valid_from=today, valid_to=today + day)
    Commune.objects.create(name="Đồng Tiến", valid_to=today)
    Commune.objects.create(name="Lam Giang", valid_from=today + day)


def rows_at(browser: Client, address: str) -> int:
    response = browser.get(address)
    assert response.status_code == 200, address
    return int(response.context["cl"].result_count)


@time_machine.travel(NOON, tick=False)
def test_each_figure_counts_the_rows_of_its_list(chief: User) -> None:
    make_records()
    found = overview.figures(chief, timezone.localdate())
    browser = signed_in(chief)
    listed = [figure for figure in found if figure.address]
    assert {figure.number for figure in listed} == {2, 3, 4}
    assert [figure.number for figure in listed] == [rows_at(browser, f.address) for f in listed]
    # Members are people whom no list names.
    assert [(f.label, f.number) for f in found if not f.address] == [("Đoàn viên", 15)]
    for home in ("/quan-tri/", "/lam-viec/"):
        terms = [*page(browser, home).iter("dt")]
        assert [term.find("a") is not None for term in terms] == [bool(f.address) for f in found]


@time_machine.travel(NOON, tick=False)
def test_each_task_counts_the_rows_of_its_list(chief: User) -> None:
    make_records()
    found = overview.tasks(chief, timezone.localdate())
    browser = signed_in(chief)
    numbers = [int(*re.findall(r"\d+", task.text)) for task in found]
    assert numbers == [rows_at(browser, task.address) for task in found] == [2]
    told = [words_of(item) for item in page(browser, "/lam-viec/").iter("li")]
    assert {task.text for task in found} <= set(told)


@pytest.mark.parametrize(
    ("address", "number"),
    [("/quan-tri/news/article/?ban-doc=khac", 12), ("/quan-tri/branches/commune/?hien-co=khac", 4)],
)
def test_filter_of_no_known_value_hides_nothing(address: str, number: int, chief: User) -> None:
    make_records()
    assert rows_at(signed_in(chief), address) == number
