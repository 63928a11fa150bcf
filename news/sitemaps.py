"""What search engines should know."""

from datetime import datetime

from django.contrib.sitemaps import Sitemap

from news.models import Article, ArticleQuerySet


class ArticleSitemap(Sitemap[Article]):
    """Every published article, newest first; one file may name 50,000."""

    def items(self) -> ArticleQuerySet:
        return Article.objects.published().newest_first().only("slug", "updated_at", "publish_at")

    def lastmod(self, item: Article) -> datetime:
        return item.modified_at
