"""Articles as search engines read them (schema.org NewsArticle)."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.utils.translation import override

from news.models import Article, Photo


def news_article(
    article: Article,
    lead_photo: Photo | None,
    *,
    publisher: str,
    absolute: Callable[[str], str],
) -> dict[str, Any]:
    """Return the NewsArticle object; `absolute` turns a path into a full address."""
    with override(settings.LANGUAGE_CODE):
        address = article.get_absolute_url()
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": article.title,
        "description": article.lead,
        "inLanguage": "vi",
        "articleSection": article.category.name,
        "mainEntityOfPage": absolute(address),
        "dateModified": article.modified_at.isoformat(),
        "author": {"@type": "Person", "name": article.author}
        if article.author
        else {"@type": "Organization", "name": publisher},
        "publisher": {"@type": "Organization", "name": publisher},
    }
    if article.publish_at:
        data["datePublished"] = article.publish_at.isoformat()
    if lead_photo:
        data["image"] = [absolute(lead_photo.file.url)]
    return data
