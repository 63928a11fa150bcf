"""The home page, contact, and the small files that robots and browsers ask for."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree

import html5lib
import pytest
from django.core.cache import caches
from django.test import Client
from django.utils import timezone
from django.utils.translation import gettext
from pytest_django import DjangoAssertNumQueries

from branches.models import Office
from news.models import Article, Category
from portal.views import CSP_REPORT_MAX_BYTES, CSP_REPORTS_A_MINUTE
from tests.factories import PUBLISHED_AT, make_article, make_category, make_photo, make_published

LogLines = Callable[[], list[dict[str, Any]]]
pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def page_of(client: Client, path: str) -> Any:
    return html5lib.parse(client.get(path).content.decode(), namespaceHTMLElements=False)


def titles(page: Any) -> list[str]:
    """The titles of all articles on a page, in order."""
    main = page.find(".//main")
    return [
        "".join(heading.itertext()).strip()
        for heading in main.iter()
        if heading.tag in ("h2", "h3") and "-title" in heading.get("class", "")
    ]


def fill(rows: int) -> None:
    """`rows` categories with `rows` articles each, with photos."""
    for number in range(rows):
        category = make_category(position=number)
        for _ in range(rows):
            make_photo(make_published(category=category), is_lead=True)


# Home


@pytest.mark.parametrize("rows", [1, 3])
def test_home_costs_the_same_few_queries(
    rows: int, client: Client, office: Office, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    fill(rows)
    with django_assert_num_queries(5):
        client.get("/")
    # The office, the five numbers and the figures of the district are kept for a moment.
    with django_assert_num_queries(2):
        response = client.get("/")
    assert response.status_code == 200
    assert Article.objects.count() == rows * rows


def test_lead_story_is_the_newest_featured_then_the_newest(client: Client, office: Office) -> None:
    for hours in range(8):
        make_published(
            title=f"Tin {hours}", publish_at=PUBLISHED_AT + hours * HOUR, featured=hours in (1, 3)
        )
    shown = titles(page_of(client, "/"))
    assert shown[:5] == ["Tin 3", "Tin 7", "Tin 6", "Tin 5", "Tin 4"]
    assert shown[5:] == ["Tin 2", "Tin 1", "Tin 0"]


def test_columns_hold_four_of_each_category_and_repeat_nothing(
    client: Client, office: Office
) -> None:
    for position, name in enumerate(["Gương", "Phong trào", "Trống"]):
        category = make_category(name=name, position=position)
        for number in range(0 if name == "Trống" else 9):
            at = PUBLISHED_AT + (number * 2 + position) * HOUR
            make_published(title=f"{name} {number}", category=category, publish_at=at)
    page = page_of(client, "/")
    shown = titles(page)
    assert len(shown) == len(set(shown)) == 5 + 4 + 4
    columns = [section for section in page.iter("section") if section.get("class") == "column"]
    headings = ["".join(next(column.iter("h2")).itertext()) for column in columns]
    assert headings == ["Gương", "Phong trào"]
    assert shown[5:] == [f"Gương {n}" for n in (6, 5, 4, 3)] + [
        f"Phong trào {n}" for n in (5, 4, 3, 2)
    ]


def test_home_shows_only_what_readers_may_see(client: Client, office: Office) -> None:
    make_published(title="Đã đăng")
    make_article(title="Bản nháp")
    make_published(title="Ngày mai", publish_at=PUBLISHED_AT.replace(year=2099))
    make_published(title="Hết hạn", expire_at=PUBLISHED_AT + HOUR)
    assert titles(page_of(client, "/")) == ["Đã đăng"]
    assert client.get("/").content.decode().count("Bản nháp") == 0


def test_empty_home_says_what_will_come(client: Client) -> None:
    page = page_of(client, "/")
    told = "".join(page.find(".//main").itertext())
    assert gettext("There is no news yet.") in told
    assert gettext("Once the office publishes its first article, it appears here.") in told
    assert titles(page) == []


def test_pages_answer_safe_methods_only(client: Client) -> None:
    for path in ("/", "/lien-he/", "/robots.txt"):
        assert client.head(path).status_code == 200
        assert {client.post(path).status_code, client.delete(path).status_code} == {405}


# Contact


def test_contact_shows_how_to_reach_the_office(client: Client, office: Office) -> None:
    Office.objects.update(
        phone="0200 000 000", email="doan@xa.example", parent_body="Tỉnh đoàn Lam Giang"
    )
    main = page_of(client, "/lien-he/").find(".//main")
    told = " ".join(main.itertext())
    values = [office.full_name, office.address, "0200 000 000", "Tỉnh đoàn Lam Giang"]
    assert [value for value in values if value not in told] == []
    assert [link.get("href") for link in main.iter("a")] == ["mailto:doan@xa.example"]


def test_contact_of_a_nameless_office_says_so(client: Client) -> None:
    told = " ".join(page_of(client, "/lien-he/").find(".//main").itertext())
    assert gettext("The office has not entered its address yet.") in told
    assert gettext("Youth Union portal") in told


# Robots


def test_robots_read_all_but_search_and_back_office(client: Client) -> None:
    response = client.get("/robots.txt")
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert response.content.decode().splitlines() == [
        "User-agent: *",
        "Disallow: /quan-tri/",
        "Disallow: /tim-kiem/",
        "Disallow: /en/quan-tri/",
        "Disallow: /en/tim-kiem/",
        "Allow: /",
        "Sitemap: http://testserver/sitemap.xml",
        "Sitemap: http://testserver/sitemap-chi-doan.xml",
    ]


def test_sitemap_names_every_public_page_and_no_other(client: Client, office: Office) -> None:
    category = make_category(name="Gương bí thư")
    article = make_published(title="Đại hội", category=category)
    make_article(title="Bản nháp", category=category)
    make_published(title="Ngày mai", publish_at=PUBLISHED_AT.replace(year=2099))
    response = client.get("/sitemap.xml")
    assert response["Content-Type"] == "application/xml"
    space = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
    tree = ElementTree.fromstring(response.content)  # noqa: S314 — our own answer.
    assert tree.tag == f"{space}urlset"
    paths = ["/", "/tin-tuc/", "/luu-tru/", "/thong-ke-truy-cap/", "/chi-doan/", "/lien-he/"]
    paths += ["/chuyen-muc/guong-bi-thu/", article.get_absolute_url()]
    locations = [element.text for element in tree.iter(f"{space}loc")]
    assert sorted(filter(None, locations)) == sorted(f"http://testserver{path}" for path in paths)
    for path in paths:
        assert client.get(path).status_code == 200
    dates = [element.text for element in tree.iter(f"{space}lastmod")]
    assert dates == [f"{timezone.localtime(article.updated_at):%Y-%m-%d}"]


# Reports of the content security policy

REPORT = {
    "csp-report": {
        "effective-directive": "script-src-elem",
        "blocked-uri": "https://evil.example/x.js?token=geheim",
        "document-uri": "https://portal.example/tim-kiem/?tu_khoa=geheim",
        "original-policy": "default-src 'none'",
    }
}


def send(body: bytes | str) -> Any:
    return Client(enforce_csrf_checks=True, raise_request_exception=False).post(
        "/csp-bao-cao/", body, content_type="application/csp-report"
    )


def test_report_is_logged_without_what_was_searched_for(log_lines: LogLines) -> None:
    response = send(json.dumps(REPORT))
    assert (response.status_code, response.content) == (204, b"")
    line = next(line for line in log_lines() if line["message"] == "csp report")
    told = {key: line[key] for key in ("directive", "blocked", "document", "number_this_minute")}
    assert told == {
        "directive": "script-src-elem",
        "blocked": "https://evil.example/x.js",
        "document": "https://portal.example/tim-kiem/",
        "number_this_minute": 1,
    }
    assert "geheim" not in json.dumps(log_lines())


@pytest.mark.parametrize(
    "junk",
    [
        b"",
        b"x",
        b"\xff\xfe",
        b"null",
        b"5",
        b"[]",
        b'"csp-report"',
        b"{}",
        b'{"csp-report": null}',
        b'{"csp-report": 5}',
        b'{"csp-report": []}',
        b'{"csp-report": "x"}',
        b'{"csp-report": {}}',
        b"[" * 8000,
        b'{"csp-report":' * 550,
        b"9" * 8000,
        b"NaN",
    ],
    ids=lambda junk: repr(junk[:20]),
)
def test_junk_is_refused_and_not_logged(junk: bytes, log_lines: LogLines) -> None:
    assert send(junk).status_code == 400
    assert [line["message"] for line in log_lines()] == ["request"]


def test_report_is_read_up_to_8_kilobytes(log_lines: LogLines) -> None:
    report = {"csp-report": {**REPORT["csp-report"], "script-sample": ""}}
    room = CSP_REPORT_MAX_BYTES - len(json.dumps(report))
    report["csp-report"]["script-sample"] = "x" * room
    assert send(json.dumps(report)).status_code == 204
    report["csp-report"]["script-sample"] = "x" * (room + 1)
    assert send(json.dumps(report)).status_code == 400
    assert CSP_REPORT_MAX_BYTES == 8192


def test_long_values_are_cut(log_lines: LogLines) -> None:
    values = {"effective-directive": "d" * 900, "blocked-uri": "b" * 900, "document-uri": ["d"] * 9}
    assert send(json.dumps({"csp-report": values})).status_code == 204
    line = next(line for line in log_lines() if line["message"] == "csp report")
    assert (len(line["directive"]), len(line["blocked"])) == (100, 300)
    assert line["document"].startswith("['d'")


def test_sixty_reports_a_minute_are_enough(log_lines: LogLines) -> None:
    statuses = [send(json.dumps(REPORT)).status_code for _ in range(CSP_REPORTS_A_MINUTE + 2)]
    assert statuses == [204] * 60 + [429] * 2
    assert send(b"junk")["Retry-After"] == "60"
    assert len([line for line in log_lines() if line["message"] == "csp report"]) == 60
    caches["process"].clear()
    assert send(json.dumps(REPORT)).status_code == 204


def test_report_is_neither_read_nor_stored_otherwise(client: Client) -> None:
    assert client.get("/csp-bao-cao/").status_code == 405
    assert not client.post("/csp-bao-cao/", "x", content_type="text/plain").cookies
    assert not Category.objects.exists()
