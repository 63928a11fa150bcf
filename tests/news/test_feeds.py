"""Feeds and the sitemap: well-formed, steady, and nothing but what is published."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from xml.etree.ElementTree import Element, fromstring

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from branches.models import Office
from news.feeds import ITEMS
from news.models import Category
from tests.conftest import later
from tests.factories import make_article, make_category, make_published

pytestmark = pytest.mark.django_db
FEED = "/tin-tuc/rss.xml"
DC = "{http://purl.org/dc/elements/1.1/}"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def parsed(content: bytes) -> Element:
    return fromstring(content)  # noqa: S314 — our own answer.


def channel(client: Client, url: str = FEED) -> Element:
    answer = client.get(url)
    assert answer["Content-Type"] == "application/rss+xml; charset=utf-8"
    found = parsed(answer.content).find("channel")
    assert found is not None
    return found


def texts(client: Client, url: str, path: str) -> list[str]:
    return [element.text or "" for element in channel(client, url).findall(path)]


def sitemap_of(client: Client) -> dict[str, str]:
    """Address → last change, of all that the sitemap names."""
    tree = parsed(client.get("/sitemap.xml").content)
    return {
        url.findtext(f"{SITEMAP}loc", ""): url.findtext(f"{SITEMAP}lastmod", "")
        for url in tree.findall(f"{SITEMAP}url")
    }


def test_feed_tells_of_each_article_what_readers_need(client: Client, office: Office) -> None:
    article = make_published(
        title="Bí thư <trẻ> & giỏi ]]>",
        lead="Mở đầu “hay”",
        author="Lê Ân",
        publish_at=datetime(2020, 11, 8, 3, 1, 36, tzinfo=UTC),
    )
    (item,) = channel(client).findall("item")
    assert item.findtext("title") == article.title
    assert item.findtext("description") == article.lead
    assert item.findtext("link") == f"http://testserver{article.get_absolute_url()}"
    assert item.findtext(f"{DC}creator") == "Lê Ân"
    assert item.findtext("category") == article.category.name
    assert parsedate_to_datetime(item.findtext("pubDate", "")) == article.publish_at


def test_feed_names_the_office_and_itself(client: Client, office: Office) -> None:
    found = channel(client)
    assert found.findtext("title") == "Huyện đoàn Thử Nghiệm"
    assert found.findtext("language") == "vi"
    assert found.findtext("link") == "http://testserver/tin-tuc/"
    (own,) = found.findall("{http://www.w3.org/2005/Atom}link")
    assert own.get("href") == f"http://testserver{FEED}"


def test_identifier_stays_when_title_and_address_change(client: Client) -> None:
    article = make_published(title="Một")
    guid = texts(client, FEED, "item/guid")
    article.title = "Hai"
    article.save()
    assert texts(client, FEED, "item/guid") == guid == [f"urn:uuid:{article.public_id}"]
    assert texts(client, FEED, "item/link") == ["http://testserver/tin-tuc/hai/"]
    (element,) = channel(client).findall("item/guid")
    assert element.get("isPermaLink") == "false"


def test_feed_of_a_category_holds_only_its_articles(
    client: Client, category: Category, office: Office
) -> None:
    category.description = "Những tấm gương"
    category.save()
    make_published(title="Trong", category=category)
    make_published(title="Ngoài", category=make_category())
    url = reverse("news:category_feed", args=[category.slug])
    assert texts(client, url, "item/title") == ["Trong"]
    found = channel(client, url)
    assert found.findtext("title") == "Gương bí thư chi đoàn – Huyện đoàn Thử Nghiệm"
    assert found.findtext("description") == "Những tấm gương"
    assert set(texts(client, FEED, "item/title")) == {"Trong", "Ngoài"}


def test_feed_holds_the_newest_twenty_in_order(client: Client, when: datetime) -> None:
    for number in range(ITEMS + 3):
        make_published(title=f"Tin {number}", publish_at=later(when, hours=-number))
    assert texts(client, FEED, "item/title") == [f"Tin {number}" for number in range(20)]
    assert ITEMS == 20


def test_feed_and_sitemap_hold_no_unpublished_article(client: Client, when: datetime) -> None:
    with time_machine.travel(when, tick=False):
        shown = make_published(publish_at=when)
        make_article()
        make_published(status="withdrawn")
        make_published(publish_at=later(when, seconds=1))
        make_published(publish_at=later(when, days=-1), expire_at=when)
        assert texts(client, FEED, "item/title") == [shown.title]
        named = {url for url in sitemap_of(client) if "/tin-tuc/tin-" in url}
    assert named == {f"http://testserver{shown.get_absolute_url()}"}


def test_empty_feeds_are_well_formed(client: Client, category: Category) -> None:
    assert texts(client, FEED, "item") == []
    assert texts(client, reverse("news:category_feed", args=[category.slug]), "item") == []


def test_feed_of_an_unknown_category_is_404(client: Client) -> None:
    assert client.get("/chuyen-muc/khong-co/rss.xml").status_code == 404
    assert client.get(FEED).status_code == 200


def test_sitemap_names_every_public_page_once(client: Client, category: Category) -> None:
    articles = [make_published(category=category) for _ in range(3)]
    paths = ["/", "/tin-tuc/", "/luu-tru/", "/thong-ke-truy-cap/", "/chi-doan/", "/lien-he/"]
    paths.append(category.get_absolute_url())
    paths += [article.get_absolute_url() for article in articles]
    assert set(sitemap_of(client)) == {f"http://testserver{path}" for path in paths}
    assert client.get("/sitemap.xml").content.count(b"<url>") == len(paths)


def test_article_counts_as_changed_when_it_appears(client: Client, when: datetime) -> None:
    with time_machine.travel(when, tick=False):
        planned = make_published(title="Hẹn giờ", publish_at=later(when, days=3))
        changed = make_published(title="Sửa sau", publish_at=later(when, days=-9))
    with time_machine.travel(later(when, days=4), tick=False):
        days = sitemap_of(client)
    assert days["http://testserver/tin-tuc/hen-gio/"] == "2024-10-23"
    assert days["http://testserver/tin-tuc/sua-sau/"] == "2024-10-20"
    assert (planned.modified_at, changed.modified_at) == (later(when, days=3), when)


def test_reader_who_asks_by_date_learns_of_what_appeared_meanwhile(
    client: Client, when: datetime
) -> None:
    with time_machine.travel(when, tick=False) as clock:
        make_published(title="Đã có", publish_at=when)
        make_published(title="Hẹn giờ", publish_at=later(when, hours=2))
        since = client.get(FEED)["Last-Modified"]
        clock.move_to(later(when, hours=3))
        answer = client.get(FEED, headers={"if-modified-since": since})
    assert answer.status_code == 200
    assert "hen-gio" in answer.content.decode()


def test_robots_are_shown_the_sitemap_and_kept_from_search_and_back_office(client: Client) -> None:
    lines = client.get("/robots.txt").content.decode().splitlines()
    assert "Sitemap: http://testserver/sitemap.xml" in lines
    assert {"Disallow: /tim-kiem/", "Disallow: /quan-tri/"} <= set(lines)
