"""What search engines should know."""

from datetime import datetime

from django.contrib.sitemaps import Sitemap

from news.models import Article, ArticleQuerySet


class ArticleSitemap(Sitemap):
    """Every published article, 5,000 a page."""

    limit = 5000

    def items(self) -> ArticleQuerySet:
        return Article.objects.published().newest_first().only("slug", "updated_at", "publish_at")

    def lastmod(self, item: Article) -> datetime:
        return item.updated_at
