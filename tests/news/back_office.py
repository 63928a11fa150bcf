"""The back office of the news as tests use it: its addresses, its form, what is stored."""

from typing import Any

from django.test import Client
from django.urls import reverse

from news.models import Article, Category, Photo
from tests.factories import make_category
from tests.news.helpers import by_class, form_values, page, words_of

ADD = "/quan-tri/news/article/add/"
LIST = "/quan-tri/news/article/"


def change(article: Article) -> str:
    return reverse("admin:news_article_change", args=[article.pk])


def history(article: Article, version: int | None = None) -> str:
    url = reverse("admin:news_article_history", args=[article.pk])
    return url if version is None else f"{url}{version}/"


def opened(client: Client, article: Article) -> dict[str, str]:
    """The form as it stands on the editor's screen."""
    return form_values(page(client, change(article)))


def words(**values: Any) -> dict[str, Any]:
    """What the form for a new article sends, with an empty list of photos."""
    photos = {f"photos-{name}_FORMS": "0" for name in ("TOTAL", "INITIAL")}
    category = Category.objects.first() or make_category()
    return {**photos, "title": "Tin", "category": category.pk, "lead": "", "body": "", **values}


def row(article: Article) -> dict[str, Any]:
    return dict(Article.objects.filter(pk=article.pk).values().get())


def all_rows() -> list[list[Any]]:
    return [
        list(Article.objects.order_by("pk").values_list()),
        list(Photo.objects.order_by("pk").values_list()),
        list(Article.history.values_list("history_id", flat=True)),
    ]


def notes(client: Client, url: str) -> str:
    """The messages that the next page shows."""
    return " ".join(words_of(e) for e in by_class(page(client, url), "messagelist"))
