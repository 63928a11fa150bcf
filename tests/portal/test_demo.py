"""The demo: a fictional district, made once, never over somebody's data."""

import unicodedata
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from branches.models import Commune, Office
from core.text import has_forbidden_characters
from news.models import Article, Category, Photo
from portal.demo_data import (
    ACCOUNT,
    PASSWORD,
    NotEmpty,
    demo_articles,
    demo_categories,
    seed_demo,
)
from portal.demo_visits import demo_bots, demo_days
from tests.conftest import read
from tests.factories import make_article
from visits.models import VisitBotDay, VisitDay

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 24)


def run() -> str:
    out = StringIO()
    call_command("seed_demo", stdout=out)
    return out.getvalue()


def everything() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table."""
    return {
        model._meta.label: list(model._base_manager.order_by("pk").values_list())
        for model in apps.get_models()
    }


def files(folder: Path) -> dict[str, tuple[int, int]]:
    """Every file with its length and the time it was written."""
    return {
        str(path): (path.stat().st_size, path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_second_run_changes_neither_table_nor_file(settings: Settings) -> None:
    first = run()
    tables, media = everything(), files(settings.MEDIA_ROOT)
    second = run()
    assert everything() == tables
    assert files(settings.MEDIA_ROOT) == media
    assert len(tables["news.Article"]) == len(demo_articles())
    assert len(media) >= 3 * Photo.objects.count() > 0
    assert all(ACCOUNT in told and PASSWORD in told for told in (first, second))
    check_what_visitors_find()
    keep_what_people_changed()


def check_what_visitors_find() -> None:
    """Pages of the demo as readers and the administrator meet them."""
    client = Client()
    assert client.login(username=ACCOUNT, password=PASSWORD)
    assert client.get("/quan-tri/").status_code == 200
    reader = Client()
    home = reader.get("/").content.decode()
    assert "Huyện đoàn Hồng Sơn" in home
    for article in Article.objects.all():
        article.full_clean()
        assert reader.get(article.get_absolute_url()).status_code == 200
        assert all(photo.file.name and photo.alt for photo in article.photos.all())
    published = Article.objects.published()
    assert published.count() == Article.objects.count()
    assert set(published.values_list("category__slug", flat=True)) == {
        row["slug"] for row in demo_categories()
    }
    assert VisitDay.objects.count() == 730
    assert VisitBotDay.objects.count() == 240
    photo = Photo.objects.earliest("pk")
    assert read(reader.get(photo.file.small_url))


def keep_what_people_changed() -> None:
    """A later run brings back neither old words nor what was removed."""
    article = Article.objects.earliest("publish_at")
    article.title = "Đầu đề mới"
    article.save()
    Category.objects.filter(slug="phong-trao").update(slug="phong-trao-moi")
    User.objects.filter(username=ACCOUNT).update(username="ten-moi")
    Office.objects.update(full_name="Huyện đoàn Mới")
    gone = Article.objects.latest("publish_at")
    gone.delete()
    before = everything()
    assert not seed_demo(today=TODAY)
    assert everything() == before
    assert not Article.objects.filter(public_id=gone.public_id).exists()


@pytest.mark.parametrize("what", ["office", "user", "category", "article", "visits", "commune"])
def test_database_with_other_data_is_left_alone(what: str, settings: Settings) -> None:
    makers: dict[str, Callable[[], object]] = {
        "office": lambda: Office.objects.create(full_name="Huyện đoàn Thật"),
        "user": lambda: User.objects.create_user("that"),
        "category": lambda: Category.objects.create(name="Tin thật"),
        "article": make_article,
        "commune": lambda: Commune.objects.create(name="Thật"),
        "visits": lambda: VisitDay.objects.create(day=TODAY, visits=1),
    }
    makers[what]()
    before = everything()
    with pytest.raises(NotEmpty):
        seed_demo(today=TODAY)
    with pytest.raises(CommandError):
        run()
    assert everything() == before
    assert files(settings.MEDIA_ROOT) == {}


def test_demo_that_fails_half_way_leaves_no_row(monkeypatch: pytest.MonkeyPatch) -> None:
    before = everything()
    broken = [*demo_articles()[:1], demo_articles()[0]]
    monkeypatch.setattr("portal.demo_data.demo_articles", lambda: broken)
    with pytest.raises(Exception, match="public_id"):
        seed_demo(today=TODAY)
    assert everything() == before


def test_production_refuses_the_demo(settings: Settings) -> None:
    settings.PRODUCTION = True
    with pytest.raises(CommandError):
        run()
    assert not User.objects.exists()
    assert not Office.objects.exists()


def test_demo_is_rich_enough_to_show_the_portal() -> None:
    articles = demo_articles()
    moments = [article.publish_at(TODAY) for article in articles]
    pictures = [picture.photo for article in articles for picture in article.photos()]
    categories = {article.category for article in articles}
    assert len(articles) >= 15
    assert len(set(pictures)) >= 8
    assert len(categories) == 5
    assert categories == {row["slug"] for row in demo_categories()}
    assert max(moments) - min(moments) > timedelta(days=365)
    assert {moment.year for moment in moments} >= {TODAY.year - 1, TODAY.year}
    assert any(article.featured for article in articles)
    assert len({article.title for article in articles}) == len(articles)


def test_visits_of_two_years_have_weeks_seasons_and_tet() -> None:
    days = dict(demo_days(TODAY))
    assert list(days) == [TODAY - timedelta(days=past) for past in range(730, 0, -1)]
    assert days == dict(demo_days(TODAY))
    assert 3 <= min(days.values()) <= max(days.values()) <= 250

    def mean(chosen: Callable[[date], bool]) -> float:
        found = [visits for day, visits in days.items() if chosen(day)]
        return sum(found) / len(found)

    assert 30 <= mean(lambda day: True) <= 100
    assert mean(lambda day: day.weekday() < 5) > 1.2 * mean(lambda day: day.weekday() == 6)
    assert mean(lambda day: day.month == 3) > 1.4 * mean(lambda day: day.month == 1)
    assert mean(lambda day: day.month in (6, 7, 8)) > 1.1 * mean(lambda day: day.month in (11, 12))
    for tet in (date(2025, 1, 29), date(2026, 2, 17)):
        week = {tet + timedelta(days=past) for past in range(5)}
        assert mean(week.__contains__) < 0.6 * mean(lambda day: True)


def test_robots_of_two_months_are_of_every_kind() -> None:
    bots = list(demo_bots(TODAY))
    assert {kind for _day, kind, _views in bots} == set(VisitBotDay.Kind)
    assert len({(day, kind) for day, kind, _views in bots}) == len(bots) == 60 * 4
    assert min(views for *_rest, views in bots) >= 1
    assert max(day for day, *_rest in bots) == TODAY - timedelta(days=1)


@pytest.mark.parametrize(
    "today", [TODAY, date(2024, 2, 29), date(2025, 1, 1), date(2025, 12, 31), date(2027, 3, 1)]
)
def test_every_article_is_past_and_none_older_than_three_years(today: date) -> None:
    end = timezone.make_aware(datetime.combine(today, time.min))
    moments = [article.publish_at(today) for article in demo_articles()]
    assert [moment for moment in moments if moment >= end] == []
    assert end - min(moments) < timedelta(days=3 * 366)
    assert end - max(moments) < timedelta(days=366)


def test_all_texts_are_nfc_with_ordinary_signs() -> None:
    texts = [
        value
        for article in demo_articles()
        for value in [
            article.title,
            article.lead,
            article.body,
            article.author,
            article.source,
            *(text for picture in article.photos() for text in (picture.caption, picture.alt)),
        ]
    ]
    texts += [str(value) for row in demo_categories() for value in row.values()]
    assert [text for text in texts if not unicodedata.is_normalized("NFC", text)] == []
    assert [text for text in texts if has_forbidden_characters(text) or "\u00a0" in text] == []
    assert len(texts) > 100
