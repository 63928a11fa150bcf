"""RSS of all news and of one category."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.syndication.views import Feed
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from news import access
from news.models import Article, Category

ITEMS = 20


@dataclass(frozen=True)
class Subject:
    """What a feed is about: whose news, and of which category if not of all."""

    office_name: str
    category: Category | None


class ArticleFeed(Feed[Article, Subject]):
    """The newest articles of all categories."""

    # Feeds are for everybody (see SignInMiddleware).
    login_required = False

    @method_decorator(require_safe)
    def __call__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return super().__call__(request, *args, **kwargs)

    def get_object(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Subject:
        return Subject(self._office_name(request), None)

    @staticmethod
    def _office_name(request: HttpRequest) -> str:
        return str(request.office)  # type: ignore[attr-defined]

    def title(self, obj: Subject) -> str:
        return f"{obj.category} – {obj.office_name}" if obj.category else obj.office_name

    def description(self, obj: Subject) -> str:
        return (obj.category and obj.category.description) or _("News of the office")

    def link(self, obj: Subject) -> str:
        return obj.category.get_absolute_url() if obj.category else reverse("news:index")

    def items(self, obj: Subject) -> Iterable[Article]:
        articles = Article.objects.published()
        if obj.category is not None:
            articles = articles.filter(category=obj.category)
        return articles.for_cards().newest_first()[:ITEMS]

    def item_title(self, item: Article) -> str:
        return item.title

    def item_description(self, item: Article) -> str:
        return item.lead

    def item_guid(self, item: Article) -> str:
        """An identifier that survives a change of the title."""
        return f"urn:uuid:{item.public_id}"

    item_guid_is_permalink = False

    def item_pubdate(self, item: Article) -> datetime | None:
        return item.publish_at

    def item_updateddate(self, item: Article) -> datetime:
        return item.modified_at

    def item_author_name(self, item: Article) -> str:
        return item.author

    def item_categories(self, item: Article) -> list[str]:
        return [item.category.name]


class CategoryFeed(ArticleFeed):
    """The newest articles of one category."""

    def get_object(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Subject:
        category, _all = access.category_for_reading(kwargs["slug"])
        return Subject(self._office_name(request), category)
