"""What the lists hold and in which order."""

from datetime import UTC, date, datetime

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from branches.models import Office
from news import queries
from news.models import Article, Category, Photo
from tests.conftest import later
from tests.factories import make_article, make_category, make_photo_row, make_published

pytestmark = pytest.mark.django_db


def series(number: int, when: datetime, **values: object) -> list[Article]:
    """Articles an hour apart, newest first."""
    return [make_published(publish_at=later(when, hours=-n), **values) for n in range(number)]


# The home page


def stories_of_the_front() -> list[Article]:
    return queries.front_page([])[0]


def test_newest_featured_story_leads_and_the_four_newest_others_follow(when: datetime) -> None:
    stories = series(7, when)
    for article in stories[4:6]:
        article.featured = True
        article.save()
    assert stories_of_the_front() == [stories[4], *stories[:4]]
    assert {story.pk for story in stories_of_the_front()} == {s.pk for s in stories[:5]}


def test_an_old_featured_story_leads_too(when: datetime) -> None:
    old = make_published(publish_at=later(when, days=-900), featured=True)
    newest = series(5, when)
    assert stories_of_the_front() == [old, *newest[:4]]


def test_without_a_featured_story_the_newest_leads(when: datetime) -> None:
    stories = series(3, when)
    assert stories_of_the_front() == stories
    Article.objects.all().delete()
    assert stories_of_the_front() == []


def test_stories_of_one_moment_have_one_order(when: datetime) -> None:
    first, second, third = (make_published(publish_at=when) for _ in range(3))
    assert stories_of_the_front() == [third, second, first]
    assert list(Article.objects.published().newest_first()) == [third, second, first]


def test_each_category_has_a_column_of_its_newest_that_are_not_shown_yet(
    when: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    one, two, empty = (make_category() for _ in range(3))
    ones, twos = series(9, when, category=one), series(4, when, category=two)
    make_article(category=empty)
    with django_assert_num_queries(1):
        stories, columns = queries.front_page([two, empty, one])
    assert stories == [twos[0], ones[0], twos[1], ones[1], twos[2]]
    assert columns == [(two, twos[3:]), (one, ones[2:6])]


def test_columns_of_no_category_are_none() -> None:
    make_published()
    assert queries.front_page([])[1] == []
    assert queries.front_page([make_category()])[1] == []


@pytest.mark.parametrize("number", [1, 3])
def test_cards_bring_category_and_lead_photo_in_the_same_row(
    number: int, when: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for article in series(number, when):
        make_photo_row(article, is_lead=True)
        make_photo_row(article)
    with django_assert_num_queries(1):
        cards = list(Article.objects.published().for_cards().newest_first())
        photos = [(card.category.name, card.lead_photo) for card in cards]
        shown = {photo.file.small_url for _name, photo in photos if photo}
    assert len(shown) == number
    assert {card.get_deferred_fields() == {"body", "search_text"} for card in cards} == {True}


def test_card_of_an_article_without_lead_photo_has_none() -> None:
    make_photo_row(make_published(), is_lead=False)
    (card,) = Article.objects.published().for_cards()
    assert card.lead_photo is None
    assert card.photos.count() == 1


# From one article to others


def titles(*articles: Article) -> list[queries.Title]:
    names = queries.Title._fields
    return [queries.Title(*(getattr(each, name) for name in names)) for each in articles]


def neighbours(article: Article) -> list[str]:
    """Slugs of the newer and the older one, the same from the list of titles and without it."""
    found = queries.neighbours(article, queries.newest_titles())
    assert queries.neighbours(article, []) == found
    return [other.slug if other else "" for other in (found.newer, found.older)]


@pytest.mark.parametrize("known", [False, True])
def test_neighbours_are_the_next_in_time_on_both_sides(
    known: bool, when: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    stories = series(5, when)
    newest = queries.newest_titles() if known else []
    assert newest == (titles(*stories) if known else [])
    around = [None, *titles(*stories), None]
    for place, article in enumerate(stories):
        with django_assert_num_queries(0 if known else 2):
            found = queries.neighbours(article, newest)
        assert (found.newer, found.older) == (around[place], around[place + 2])


def test_articles_at_the_end_of_the_titles_and_behind_have_neighbours_too(
    when: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "NEWEST", 3)
    slugs = ["", *(article.slug for article in series(5, when)), ""]
    assert len(queries.newest_titles()) == 3
    for place, article in enumerate(Article.objects.newest_first()):
        assert neighbours(article) == [slugs[place], slugs[place + 2]]


def test_neighbours_of_one_moment_are_in_the_order_of_the_lists(when: datetime) -> None:
    first, second, third = (make_published(publish_at=when) for _ in range(3))
    assert neighbours(third) == ["", second.slug]
    assert neighbours(second) == [third.slug, first.slug]
    assert neighbours(first) == [second.slug, ""]


def test_the_only_article_has_no_neighbours() -> None:
    article = make_published()
    make_article()
    assert neighbours(article) == ["", ""]
    assert [card.pk for card in queries.newest_of(article.category_id)] == [article.pk]


def test_newest_of_a_category_are_one_more_than_are_shown(
    when: datetime, category: Category
) -> None:
    stories = series(8, when, category=category)
    make_published(category=make_category(), publish_at=when)
    newest = [card.pk for card in queries.newest_of(category.pk)]
    assert newest == [story.pk for story in stories[:5]]


@pytest.mark.parametrize("number", [1, 3])
def test_beside_an_article_stand_others_of_its_category_with_their_lead_photos(
    number: int,
    when: datetime,
    category: Category,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    stories = series(number + 1, when, category=category)
    make_published(category=make_category(), publish_at=when)
    leads = {story.pk: make_photo_row(story, is_lead=True) for story in stories[1:]}
    make_photo_row(stories[1], is_lead=False)
    own = [make_photo_row(stories[0], is_lead=False), make_photo_row(stories[0], is_lead=False)]
    Photo.objects.create(article=stories[0], file="", caption="Đã gỡ")
    beside = queries.related(stories[0], queries.newest_titles())
    assert beside == titles(*stories[1:])
    with django_assert_num_queries(1):
        assert queries.photos_of(stories[0], beside) == (own, leads)


def test_others_of_a_quiet_category_stand_beside_too(
    client: Client, office: Office, when: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "NEWEST", 3)
    quiet = series(6, later(when, days=-300), category=make_category(name="Tĩnh lặng"))
    series(3, when, category=make_category(name="Sôi nổi"))
    page = client.get(quiet[2].get_absolute_url()).content.decode()
    beside = page[page.index('id="cung-chuyen-muc"') :].partition("</section>")[0]
    found = [story.pk for story in quiet if f'href="{story.get_absolute_url()}"' in beside]
    assert found == [quiet[place].pk for place in (0, 1, 3, 4)]


@pytest.mark.parametrize("number", [1, 3])
def test_an_article_costs_four_queries_whoever_asks(
    number: int,
    client: Client,
    office: Office,
    when: datetime,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for story in (stories := series(number, when)):
        make_photo_row(story, is_lead=True)
    client.cookies["sessionid"] = "of-nobody"
    client.get(stories[0].get_absolute_url())
    with django_assert_num_queries(4):
        assert client.get(stories[0].get_absolute_url()).status_code == 200


# Months


def test_months_are_those_of_the_local_calendar(when: datetime) -> None:
    # 00:30 on 1 November in Việt Nam is still October in UTC.
    border = datetime(2024, 10, 31, 17, 0, tzinfo=UTC)
    before = make_published(publish_at=later(border, microseconds=-1))
    after = make_published(publish_at=border)
    with time_machine.travel(later(border, days=1), tick=False):
        assert queries.months() == [(date(2024, 11, 1), 1), (date(2024, 10, 1), 1)]
        assert list(queries.articles_of_month(2024, 10)) == [before]
        assert list(queries.articles_of_month(2024, 11)) == [after]


def test_months_follow_the_zone_of_the_office(when: datetime) -> None:
    border = datetime(2024, 10, 31, 17, 0, tzinfo=UTC)
    article = make_published(publish_at=border)
    with timezone.override("UTC"):
        assert queries.months() == [(date(2024, 10, 1), 1)]
        assert list(queries.articles_of_month(2024, 10)) == [article]
        assert list(queries.articles_of_month(2024, 11)) == []


def test_december_ends_with_the_year() -> None:
    new_year = datetime(2023, 12, 31, 17, 0, tzinfo=UTC)
    old = make_published(publish_at=later(new_year, seconds=-1))
    new = make_published(publish_at=new_year)
    assert list(queries.articles_of_month(2023, 12)) == [old]
    assert list(queries.articles_of_month(2024, 1)) == [new]


def test_months_count_all_their_articles_in_one_query(
    when: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for month in (1, 1, 1, 5, 9):
        make_published(publish_at=when.replace(month=month))
    with django_assert_num_queries(1):
        found = queries.months()
    assert found == [(date(2024, 9, 1), 1), (date(2024, 5, 1), 1), (date(2024, 1, 1), 3)]
