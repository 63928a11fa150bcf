"""What the pages of an article share is a second old at most, and never another's."""

import re
from collections.abc import Iterator
from datetime import datetime

import pytest
import time_machine
from django.test import Client
from pytest_django import Settings

from branches.models import Office
from core.shared import SHARED_SECONDS
from news.models import Article, Category
from tests.conftest import later
from tests.factories import make_category, make_published

pytestmark = pytest.mark.django_db
CARD = re.compile(r'card-title"><a href="([^"]+)"')


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    """A clock that stands still until it is moved."""
    with time_machine.travel(1_800_000_000, tick=False) as traveller:
        yield traveller


def page(path: str, cookie: str | None = None, settings: Settings | None = None) -> str:
    client = Client()
    if settings is not None and cookie is not None:
        client.cookies[settings.SESSION_COOKIE_NAME] = cookie
    return client.get(path).content.decode()


def cards(path: str) -> list[str]:
    return CARD.findall(page(path))


def test_related_never_hold_the_article_itself(when: datetime, category: Category) -> None:
    stories = [
        make_published(category=category, publish_at=later(when, hours=-n)) for n in range(7)
    ]
    paths = [story.get_absolute_url() for story in stories]
    for path in paths:
        assert cards(path) == [other for other in paths if other != path][:4]


def test_related_are_of_the_category_and_in_the_language_of_the_page(category: Category) -> None:
    pairs = [
        [make_published(category=own).get_absolute_url() for _ in range(2)]
        for own in (category, make_category())
    ]
    for first, second in pairs:
        for prefix in ("", "/en"):
            assert cards(prefix + first) == [prefix + second]


def test_readers_see_a_change_after_a_second(
    office: Office, category: Category, clock: time_machine.Traveller
) -> None:
    article, other = make_published(category=category), make_published(category=category)
    path = article.get_absolute_url()
    assert other.title in page(path)
    Article.objects.filter(pk=other.pk).update(title="Tên vừa đổi")
    Office.objects.update(full_name="Đoàn xã vừa đổi")
    clock.shift(SHARED_SECONDS - 0.01)
    # A part that is made late in the second ends with it.
    assert "vừa đổi" not in page("/lien-he/") + page(path)
    clock.shift(0.01)
    assert page(path).count("Tên vừa đổi") == 2
    assert page(path).count("Đoàn xã vừa đổi") >= 3
    assert office.full_name not in page("/lien-he/")


@pytest.mark.parametrize("cookie", ["", "of a session that is over"])
def test_whoever_has_a_session_cookie_sees_it_at_once(
    cookie: str, office: Office, category: Category, settings: Settings
) -> None:
    article, other = make_published(category=category), make_published(category=category)
    path = article.get_absolute_url()
    before = page(path)
    Article.objects.filter(pk=other.pk).update(title="Tên vừa đổi")
    Office.objects.update(full_name="Đoàn xã vừa đổi")
    assert page(path, cookie, settings).count("vừa đổi") >= 5
    assert page(path) == before


def test_menu_marks_the_page_that_is_open(category: Category) -> None:
    marks = {path: (path, "page") for path in ("/", "/tin-tuc/", "/luu-tru/", "/tim-kiem/")}
    marks["/lien-he/"] = ("/lien-he/", "page")
    marks[make_published(category=category).get_absolute_url()] = ("/tin-tuc/", "true")
    marks[category.get_absolute_url()] = ("/tin-tuc/", "true")
    for prefix in ("", "/en", "", "/en"):
        for path, (link, kind) in marks.items():
            menu = page(prefix + path).partition('class="menu"')[2].partition("</nav>")[0]
            assert re.findall(r'"([^"]+)" aria-current="(\w+)"', menu) == [(prefix + link, kind)]
