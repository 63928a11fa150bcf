"""What search engines read: a NewsArticle that no title can break out of."""

import json
from datetime import UTC, datetime

import pytest
from django.test import Client

from branches.models import Office
from news.models import Article, Photo
from news.structured import news_article
from tests.factories import make_photo_row, make_published
from tests.news.helpers import page, words_of

pytestmark = pytest.mark.django_db


def data_of(article: Article, photo: Photo | None = None) -> dict[str, object]:
    return news_article(
        article, photo, publisher="Huyện đoàn", absolute=lambda path: f"https://x.vn{path}"
    )


def shown(client: Client, article: Article) -> dict[str, object]:
    tree = page(client, article.get_absolute_url())
    (script,) = (e for e in tree.iter("script") if e.get("type") == "application/ld+json")
    data = json.loads("".join(script.itertext()))
    assert isinstance(data, dict)
    return data


def test_all_that_is_known_is_told_in_full_addresses_and_times_with_zone() -> None:
    at = datetime(2020, 11, 8, 3, 1, 36, tzinfo=UTC)
    article = make_published(title="Tin", lead="Mở", author="Lê Ân", publish_at=at)
    photo = make_photo_row(article, is_lead=True)
    assert data_of(article, photo) == {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": "Tin",
        "description": "Mở",
        "inLanguage": "vi",
        "articleSection": article.category.name,
        "mainEntityOfPage": "https://x.vn/tin-tuc/tin/",
        "datePublished": "2020-11-08T03:01:36+00:00",
        "dateModified": article.updated_at.isoformat(),
        "author": {"@type": "Person", "name": "Lê Ân"},
        "publisher": {"@type": "Organization", "name": "Huyện đoàn"},
        "image": [f"https://x.vn{photo.file.url}"],
    }
    assert article.updated_at > at


def test_office_signs_what_has_no_author_and_no_picture_is_made_up() -> None:
    data = data_of(make_published(author=""))
    assert data["author"] == data["publisher"] == {"@type": "Organization", "name": "Huyện đoàn"}
    assert "image" not in data


def test_change_is_never_told_before_publication() -> None:
    article = make_published(publish_at=datetime(2099, 1, 1, tzinfo=UTC))
    data = data_of(article)
    assert data["dateModified"] == data["datePublished"] == "2099-01-01T00:00:00+00:00"
    article.publish_at = None
    assert "datePublished" not in data_of(article)


def test_page_holds_the_data_of_its_article(client: Client, office: Office) -> None:
    article = make_published(title="Bí thư trẻ")
    photo = make_photo_row(article, is_lead=True)
    data = shown(client, article)
    assert data["headline"] == "Bí thư trẻ"
    assert data["mainEntityOfPage"] == "http://testserver/tin-tuc/bi-thu-tre/"
    assert data["image"] == [f"http://testserver{photo.file.url}"]
    assert data["publisher"] == {"@type": "Organization", "name": "Huyện đoàn Thử Nghiệm"}


@pytest.mark.parametrize(
    "attack",
    [
        "</script><script>alert(1)</script>",
        "<!--<script>",
        "&lt;/script&gt;",
        '"},{"@type":"Thing"',
        "\\u003c/script\\u003e",
        "a\u2028b",
    ],
)
def test_no_text_breaks_out_of_the_data(attack: str, client: Client) -> None:
    article = make_published(
        title=f"Tin {attack}", lead=f"Mở {attack}", author=attack, source=attack
    )
    data = shown(client, article)
    assert data["headline"] == article.title
    assert data["description"] == article.lead
    tree = page(client, article.get_absolute_url())
    assert words_of(tree.find(".//h1")) == " ".join(article.title.split())
    assert len(list(tree.iter("script"))) == 3
