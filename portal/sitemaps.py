"""The pages that are always there."""

from django.contrib.sitemaps import Sitemap
from django.urls import reverse
from django.utils import timezone

from branches.models import Branch, BranchQuerySet, Commune, CommuneQuerySet
from news.models import Category


class PageSitemap(Sitemap[str]):
    """Home, lists and categories."""

    def items(self) -> list[str]:
        names = ["portal:home", "news:index", "news:archive", "visits:statistics"]
        names += ["portal:directory", "portal:contact"]
        return [reverse(name) for name in names] + [
            category.get_absolute_url() for category in Category.objects.all()
        ]

    def location(self, item: str) -> str:
        return item


class CommuneSitemap(Sitemap[Commune]):
    """Every commune that exists today."""

    def items(self) -> CommuneQuerySet:
        return Commune.objects.valid_on(timezone.localdate())


class BranchSitemap(Sitemap[Branch]):
    """Every open branch, two thousand in a file."""

    limit = 2000

    def items(self) -> BranchQuerySet:
        return Branch.objects.open_on(timezone.localdate()).select_related("commune")
