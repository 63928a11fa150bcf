"""The pages that are always there."""

from django.contrib.sitemaps import Sitemap
from django.urls import reverse

from news.models import Category


class PageSitemap(Sitemap[str]):
    """Home, lists and categories."""

    def items(self) -> list[str]:
        names = ["portal:home", "news:index", "news:archive", "visits:statistics", "portal:contact"]
        return [reverse(name) for name in names] + [
            category.get_absolute_url() for category in Category.objects.all()
        ]

    def location(self, item: str) -> str:
        return item
