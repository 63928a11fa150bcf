"""The public pages: what they answer, to whom, how often they ask the database."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from xml.etree.ElementTree import Element

import pytest
import time_machine
from django.apps import apps
from django.core.cache import caches
from django.test import Client
from django.urls import reverse

from branches.models import Office
from news.models import Article, Category
from tests.conftest import later
from tests.factories import make_article, make_category, make_photo, make_photo_row, make_published
from tests.news.helpers import body_of, by_class, card_titles, count_queries, links, page, words_of

pytestmark = pytest.mark.django_db
TIMES = re.compile(r"\d\d:\d\d:\d\d \d\d/\d\d/\d{4} \(GMT[+-]\d+\)")


@pytest.fixture
def shown(office: Office, category: Category) -> Article:
    article = make_published(title="Bài công khai", category=category)
    make_photo(article, is_lead=True, caption="Ảnh chính", alt="Tả ảnh chính")
    make_photo_row(article, caption="Ảnh phụ", alt="Tả ảnh phụ")
    return article


def addresses(article: Article) -> dict[str, str]:
    """Every public address of the news, by its name."""
    return {
        "home": "/",
        "index": "/tin-tuc/",
        "article": article.get_absolute_url(),
        "category": article.category.get_absolute_url(),
        "archive": "/luu-tru/",
        "month": "/luu-tru/2024/10/",
        "search": "/tim-kiem/?tu_khoa=bai",
        "feed": "/tin-tuc/rss.xml",
        "category_feed": reverse("news:category_feed", args=[article.category.slug]),
        "photo": article.photos.get(is_lead=True).file.url,
    }


NAMES = ["home", "index", "article", "category", "archive", "month", "search", "feed"]
NAMES += ["category_feed", "photo"]


# What each address answers


@pytest.mark.parametrize("name", NAMES)
def test_readers_get_the_same_answer_without_cookies(name: str, shown: Article) -> None:
    url = addresses(shown)[name]
    answer = Client().get(url)
    assert answer.status_code == 200
    assert not answer.cookies
    assert "cookie" not in answer.get("Vary", "").lower()
    assert body_of(answer)
    head = Client().head(url)
    assert (head.status_code, head.getvalue()) == (200, b"")
    assert head["Content-Type"] == answer["Content-Type"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_can_be_sent_to_a_public_page(name: str, method: str, shown: Article) -> None:
    send: Callable[[str], object] = getattr(Client(), method)
    answer = send(addresses(shown)[name])
    assert answer.status_code == 405  # type: ignore[attr-defined]
    assert set(answer["Allow"].split(", ")) == {"GET", "HEAD"}  # type: ignore[index]


def test_reading_writes_nothing(shown: Article) -> None:
    def rows() -> dict[str, list[tuple[object, ...]]]:
        models = [model for model in apps.get_models() if model._meta.app_label == "news"]
        return {m.__name__: sorted(m._default_manager.values_list(), key=repr) for m in models}

    before = rows()
    for url in [*addresses(shown).values(), "/khong-co/", "/sitemap.xml", "/robots.txt"]:
        body_of(Client().get(url))
    assert rows() == before
    assert len(before) == 7


@pytest.mark.parametrize(
    "name", ["home", "index", "article", "category", "archive", "month", "search"]
)
def test_page_has_one_heading_and_one_main_part(name: str, shown: Article) -> None:
    for prefix in ("", "/en"):
        tree = page(Client(), prefix + addresses(shown)[name])
        assert len(list(tree.iter("h1"))) == 1
        assert len(list(tree.iter("main"))) == 1
        assert list(tree.iter("style")) == []


@pytest.mark.parametrize(
    "url",
    [
        "/tin-tuc/khong-co/",
        "/chuyen-muc/khong-co/",
        "/chuyen-muc/khong-co/rss.xml",
        "/tin-tuc/Bai-Cong-Khai/",
        "/tin-tuc/bài-công-khai/",
        "/tin-tuc/bai-cong-khai/them/",
        "/luu-tru/2024/",
    ],
)
def test_unknown_address_is_404(url: str, shown: Article) -> None:
    answer = Client().get(url)
    assert answer.status_code == 404
    assert "Traceback" not in answer.content.decode()


def test_address_without_its_last_slash_leads_to_the_one_with_it(
    client: Client, shown: Article
) -> None:
    answer = client.get("/tin-tuc/bai-cong-khai")
    assert (answer.status_code, answer["Location"]) == (301, "/tin-tuc/bai-cong-khai/")
    assert client.get("/tin-tuc")["Location"] == "/tin-tuc/"


# The article's page


def test_article_page_shows_all_that_belongs_to_it(client: Client, office: Office) -> None:
    article = make_published(
        title="Bí thư <trẻ> & giỏi",
        lead="Dòng một\nDòng hai",
        body="<h2>Mục</h2><p>Thân <strong>bài</strong></p>",
        author="Lê Ân",
        source="Báo Lam Giang",
        publish_at=datetime(2020, 11, 8, 3, 1, 36, tzinfo=UTC),
    )
    make_photo_row(article, is_lead=True, caption="Chú thích một", alt="Tả một")
    make_photo_row(article, caption="Chú thích hai", alt="")
    tree = page(client, article.get_absolute_url())
    assert words_of(tree.find(".//h1")) == "Bí thư <trẻ> & giỏi"
    assert TIMES.findall(words_of(tree)) == ["10:01:36 08/11/2020 (GMT+7)"]
    assert [e.get("alt") for e in tree.iter("img")] == ["Tả một", "Chú thích hai"]
    assert [words_of(e) for e in tree.iter("figcaption")] == ["Chú thích một", "Chú thích hai"]
    (prose,) = by_class(tree, "prose")
    assert [(e.tag, words_of(e)) for e in prose] == [("h2", "Mục"), ("p", "Thân bài")]
    (signature,) = by_class(tree, "signature")
    assert {"Lê Ân", "Báo Lam Giang"} <= {
        part.strip() for part in re.split(r"[:\n]", "".join(signature.itertext()))
    }
    assert article.category.get_absolute_url() in links(tree)


def test_publishing_time_is_shown_in_the_zone_of_the_office(client: Client, office: Office) -> None:
    office.time_zone = "America/St_Johns"
    office.save()
    article = make_published(publish_at=datetime(2020, 11, 8, 3, 1, 36, tzinfo=UTC))
    text = words_of(page(client, article.get_absolute_url()))
    assert "23:31:36 07/11/2020 (GMT-3:30)" in text
    assert "10:01:36" not in text


def test_preview_tags_name_the_article_in_full_addresses(client: Client, shown: Article) -> None:
    shown.lead = 'Trích "lời" <em>'
    shown.save()
    tree = page(client, shown.get_absolute_url())
    tags = {
        str(e.get("property") or e.get("name")): e.get("content", "")
        for e in tree.iter("meta")
        if e.get("content")
    }
    photo = shown.photos.get(is_lead=True)
    assert tags["og:title"] == "Bài công khai"
    assert tags["og:description"] == tags["description"] == 'Trích "lời" <em>'
    assert tags["og:url"] == "http://testserver/tin-tuc/bai-cong-khai/"
    assert tags["og:image"] == f"http://testserver{photo.file.url}"
    assert (tags["og:image:width"], tags["og:image:height"]) == ("1200", "750")
    assert tags["og:image:alt"] == "Tả ảnh chính"
    assert tags["article:published_time"] == "2024-10-20T09:00:00+07:00"
    (canonical,) = (e.get("href") for e in tree.iter("link") if e.get("rel") == "canonical")
    assert canonical == tags["og:url"]


def test_article_without_photos_has_no_picture_and_no_preview_image(client: Client) -> None:
    article = make_published()
    content = client.get(article.get_absolute_url()).content.decode()
    assert "<picture" not in content
    assert "og:image" not in content


def test_photo_whose_file_has_not_been_found_is_left_out(client: Client) -> None:
    article = make_published()
    article.photos.create(original_name="anh-cu.jpg", caption="Ảnh chưa tìm thấy", is_lead=True)
    for url in (article.get_absolute_url(), "/", "/tin-tuc/"):
        content = client.get(url).content.decode()
        assert "Ảnh chưa tìm thấy" not in content
        assert "<picture" not in content


def test_reader_can_go_on_to_newer_and_older(client: Client, when: datetime) -> None:
    older, here, newer = (make_published(publish_at=later(when, days=n)) for n in range(3))
    tree = page(client, here.get_absolute_url())
    rels = {e.get("rel"): e.get("href") for e in tree.iter("a") if e.get("rel")}
    assert rels["prev"] == newer.get_absolute_url()
    assert rels["next"] == older.get_absolute_url()


# Lists and their pages


@pytest.fixture
def thirty(category: Category, when: datetime) -> list[Article]:
    return [
        make_published(title=f"Tin {n:02d}", category=category, publish_at=later(when, minutes=-n))
        for n in range(30)
    ]


LISTS = [
    "/tin-tuc/",
    "/chuyen-muc/guong-bi-thu-chi-doan/",
    "/luu-tru/2024/10/",
    "/tim-kiem/?tu_khoa=tin",
]


@pytest.mark.parametrize("url", LISTS)
def test_pages_of_a_list_hold_every_article_once_in_order(
    url: str, client: Client, thirty: list[Article]
) -> None:
    joint = "&" if "?" in url else "?"
    pages = [card_titles(page(client, f"{url}{joint}trang={n}")) for n in (1, 2, 3)]
    assert [len(titles) for titles in pages] == [12, 12, 6]
    assert [title for titles in pages for title in titles] == [article.title for article in thirty]
    assert card_titles(page(client, url)) == pages[0]


@pytest.mark.parametrize("url", LISTS)
@pytest.mark.parametrize(
    "number",
    [
        "4",
        "0",
        "-1",
        "abc",
        "1e3",
        "²",
        "٣",
        "1.0",
        "",
        " 1",
        "999999999999999999999",
        "0x1",
        "%00",
    ],
)
def test_page_that_is_none_of_the_list_is_404(
    url: str, number: str, client: Client, thirty: list[Article]
) -> None:
    joint = "&" if "?" in url else "?"
    answer = client.get(f"{url}{joint}trang={number}")
    assert answer.status_code == 404
    assert "Tin 00" not in answer.content.decode()


def test_empty_lists_are_pages_but_have_no_second(client: Client, category: Category) -> None:
    for url in ("/tin-tuc/", category.get_absolute_url()):
        assert len(by_class(page(client, url), "empty")) == 1
        assert client.get(f"{url}?trang=2").status_code == 404
    assert len(by_class(page(client, "/luu-tru/"), "empty")) == 1


def test_links_between_pages_lead_there_and_back(client: Client, thirty: list[Article]) -> None:
    def rel(tree: Element, name: str) -> str:
        return next(e.get("href", "") for e in tree.iter("a") if e.get("rel") == name)

    second = page(client, "/tin-tuc/" + rel(page(client, "/tin-tuc/?x=a%26b"), "next"))
    assert card_titles(second)[0] == "Tin 12"
    assert rel(second, "prev") == "?x=a%26b"
    assert rel(second, "next") == "?x=a%26b&trang=3"


def test_pages_beyond_the_first_have_their_own_canonical_address(
    client: Client, thirty: list[Article]
) -> None:
    for url, canonical in [
        ("/tin-tuc/", "http://testserver/tin-tuc/"),
        ("/tin-tuc/?trang=2&x=1", "http://testserver/tin-tuc/?trang=2"),
        (f"{LISTS[1]}?trang=3", f"http://testserver{LISTS[1]}?trang=3"),
    ]:
        tree = page(client, url)
        found = [e.get("href") for e in tree.iter("link") if e.get("rel") == "canonical"]
        assert found == [canonical]


def test_category_page_shows_its_articles_and_its_feed(client: Client, shown: Article) -> None:
    make_published(category=make_category(), title="Ngoài chuyên mục")
    tree = page(client, shown.category.get_absolute_url())
    assert card_titles(tree) == ["Bài công khai"]
    feeds = {e.get("href") for e in tree.iter("link") if e.get("type") == "application/rss+xml"}
    assert feeds == {"/tin-tuc/rss.xml", "/chuyen-muc/guong-bi-thu-chi-doan/rss.xml"}


# The archive


def test_month_border_is_local(client: Client) -> None:
    border = datetime(2024, 10, 31, 17, 0, tzinfo=UTC)
    make_published(title="Cuối tháng mười", publish_at=later(border, seconds=-1))
    make_published(title="Đầu tháng mười một", publish_at=border)
    assert card_titles(page(client, "/luu-tru/2024/10/")) == ["Cuối tháng mười"]
    assert card_titles(page(client, "/luu-tru/2024/11/")) == ["Đầu tháng mười một"]
    found = [href for href in links(page(client, "/luu-tru/")) if href.startswith("/luu-tru/2024")]
    assert found == ["/luu-tru/2024/11/", "/luu-tru/2024/10/"]


def test_archive_follows_the_zone_of_the_office(client: Client, office: Office) -> None:
    office.time_zone = "UTC"
    office.save()
    make_published(publish_at=datetime(2024, 10, 31, 17, 0, tzinfo=UTC))
    assert client.get("/luu-tru/2024/10/").status_code == 200
    assert client.get("/luu-tru/2024/11/").status_code == 404


@pytest.mark.parametrize(
    "month",
    [
        "2024/9",
        "2024/0",
        "2024/13",
        "0/1",
        "1/1",
        "9999/12",
        "10000/1",
        "99999999999999999999/1",
        "2024/9999999999999999999999",
    ],
)
def test_month_without_news_or_outside_the_calendar_is_404(
    month: str, client: Client, shown: Article
) -> None:
    assert client.get(f"/luu-tru/{month}/").status_code == 404
    assert client.get("/luu-tru/2024/10/").status_code == 200


# Conditional requests


@pytest.mark.parametrize("name", [n for n in NAMES if n != "photo"])
def test_unchanged_page_is_not_sent_twice(name: str, client: Client, shown: Article) -> None:
    url = addresses(shown)[name]
    first = client.get(url)
    again = client.get(url, headers={"if-none-match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again["ETag"] == first["ETag"]
    other = client.get(url, headers={"if-none-match": '"etwas-anderes"'})
    assert other.status_code == 200


@pytest.mark.parametrize("name", [n for n in NAMES if n not in ("photo", "archive")])
def test_changed_page_is_sent_again(name: str, client: Client, shown: Article) -> None:
    url = addresses(shown)[name]
    tag = client.get(url)["ETag"]
    shown.title = "Bài công khai đã sửa"
    shown.save()
    again = client.get(addresses(shown)[name], headers={"if-none-match": tag})
    assert again.status_code == 200
    assert "đã sửa" in again.content.decode()


def test_withdrawn_article_is_not_said_to_be_unchanged(client: Client, shown: Article) -> None:
    tag = client.get(shown.get_absolute_url())["ETag"]
    Article.objects.update(status="withdrawn")
    again = client.get(shown.get_absolute_url(), headers={"if-none-match": tag})
    assert again.status_code == 404
    assert "ETag" not in again.headers


# Budgets of queries


def fill(number: int) -> Article:
    """Several of everything: categories, articles in each, photos of each, before and after."""
    when = datetime(2024, 10, 20, 2, 0, tzinfo=UTC)
    for _ in range(number):
        category = make_category()
        for position in range(number):
            article = make_published(
                title="Tin mới",
                category=category,
                featured=True,
                publish_at=later(when, hours=-position),
            )
            make_photo_row(article, is_lead=True)
            for _photo in range(number):
                make_photo_row(article)
    return Article.objects.published().newest_first()[number // 2]


@pytest.mark.parametrize(
    ("name", "budget"),
    [
        ("home", 3),
        ("index", 3),
        ("article", 2),
        ("category", 3),
        ("archive", 1),
        ("month", 2),
        ("search", 3),
        ("search_in_category", 3),
        ("feed", 1),
        ("category_feed", 2),
    ],
)
def test_pages_cost_the_same_few_queries_for_one_row_and_for_three(
    name: str, budget: int, office: Office
) -> None:
    costs = []
    for number in (1, 3):
        Article.objects.all().delete()
        Category.objects.all().delete()
        article = fill(number)
        url = {
            **addresses(article),
            "search": "/tim-kiem/?tu_khoa=tin",
            "search_in_category": f"/tim-kiem/?tu_khoa=tin&chuyen_muc={article.category.slug}",
        }[name]
        # What pages share is kept for a moment; the first page asks for it.
        first = count_queries(Client(), url)
        costs.append(count_queries(Client(), url))
        assert costs[-1] <= first <= costs[-1] + {"article": 4, "home": 3}.get(name, 2)
        caches["process"].clear()
    assert costs[0] == costs[1]
    assert costs[1] <= budget


@time_machine.travel("2024-10-21T00:00:00Z", tick=False)
def test_drafts_and_old_addresses_cost_little_too(office: Office) -> None:
    article = make_published(title="Cũ")
    article.title = "Mới"
    article.save()
    make_article()
    Client().get("/tin-tuc/moi/")
    assert count_queries(Client(), "/tin-tuc/moi/") == 2
    assert Client().get("/tin-tuc/cu/").status_code == 301


@pytest.mark.django_db
def test_both_languages_name_the_vietnamese_address(client: Client, category: Category) -> None:
    article = make_published(category=category)
    for path in ("/", "/tin-tuc/", "/luu-tru/", article.get_absolute_url(), "/lien-he/"):
        for prefix in ("", "/en"):
            text = client.get(prefix + path).content.decode()
            assert f'<link rel="canonical" href="http://testserver{path}">' in text
            assert "http://testserver/en/" not in text.partition("<body>")[0]
