"""Filters and tags of the templates: marked words, snippets, addresses, hashes."""

import base64
import hashlib
import json
import re
import unicodedata
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.template import Context, Template
from django.test import RequestFactory
from django.utils.safestring import mark_safe
from hypothesis import given
from hypothesis import strategies as st

from core.templatetags.assets import integrity, script, stylesheet
from core.templatetags.components import picture
from core.templatetags.text import (
    SNIPPET_LENGTH,
    absolute,
    json_ld,
    language_url,
    mark_words,
    page_url,
    posted_at,
    snippet,
)
from core.text import fold_words
from tests.factories import make_article, make_photo

rf = RequestFactory()


def context(path: str) -> dict[str, Any]:
    return {"request": rf.get(path)}


def test_found_words_are_marked_and_all_else_escaped() -> None:
    marked = mark_words("Đặng <b>Hữu</b> & dáng", ["dang"])
    assert marked == "<mark>Đặng</mark> &lt;b&gt;Hữu&lt;/b&gt; &amp; <mark>dáng</mark>"
    assert mark_words("<script>", []) == "&lt;script&gt;"
    assert mark_words("<script>", ["script"]) == "&lt;<mark>script</mark>&gt;"


@given(st.text(), st.lists(st.text(max_size=5)))
def test_marking_changes_no_sign_of_the_text(text: str, words: list[str]) -> None:
    text = unicodedata.normalize("NFC", text)
    marked = mark_words(text, [word for raw in [*words, text] for word in fold_words(raw)][:3])
    bare = marked.replace("<mark>", "").replace("</mark>", "")
    assert bare == str(mark_words(text, []))
    assert "<" not in bare
    assert marked.count("<mark>") == marked.count("</mark>")


def test_snippet_begins_near_the_found_word_and_ends_between_words() -> None:
    before, after = "chữ " * 60, " sau" * 100
    part = snippet(f"{before}Đặng{after}", ["dang"])
    assert part.startswith("… chữ")
    assert part.endswith("sau …")
    assert "Đặng" in part
    assert len(part) <= SNIPPET_LENGTH + 4


def test_snippet_of_a_short_text_is_the_text() -> None:
    assert snippet("Một  hai\nba", ["khong"]) == "Một hai ba"
    assert snippet("", ["x"]) == ""
    assert snippet("x" * 500, []) == "x" * SNIPPET_LENGTH + " …"
    assert snippet("mở đầu " * 100, []).startswith("mở đầu mở")


@given(st.text(max_size=600), st.integers(min_value=0, max_value=50))
def test_snippet_is_a_part_of_the_text_and_holds_the_word(text: str, index: int) -> None:
    flat = " ".join(unicodedata.normalize("NFC", text).split())
    words = fold_words(flat)
    wanted = [words[index % len(words)]] if words else ["x"]
    part = snippet(flat, wanted)
    assert len(part) <= SNIPPET_LENGTH + 4
    assert part.removeprefix("… ").removesuffix(" …") in flat


def test_time_is_written_as_vietnamese_offices_do() -> None:
    moment = datetime(2020, 11, 8, 3, 1, 36, tzinfo=UTC)
    assert posted_at(moment) == "10:01:36 08/11/2020 (GMT+7)"
    shown = Template("{{ moment|posted_at }}").render(Context({"moment": moment}))
    assert shown == "10:01:36 08/11/2020 (GMT+7)"


@pytest.mark.parametrize(
    ("path", "number", "url"),
    [
        ("/tin-tuc/", 2, "?trang=2"),
        ("/tin-tuc/?trang=3", 2, "?trang=2"),
        ("/tin-tuc/?trang=2", 1, "/tin-tuc/"),
        ("/tim-kiem/?tu_khoa=%C4%91o%C3%A0n+x%C3%A3&trang=2", 1, "?tu_khoa=%C4%91o%C3%A0n+x%C3%A3"),
        ("/tim-kiem/?a=1&a=2&tu_khoa=x%26y", 3, "?a=1&a=2&tu_khoa=x%26y&trang=3"),
        ("/tim-kiem/?trang=1&trang=2", 1, "/tim-kiem/"),
    ],
)
def test_address_of_another_page_keeps_the_filters(path: str, number: int, url: str) -> None:
    assert page_url(context(path), number) == url
    shown = Template("{% page_url number %}").render(Context({**context(path), "number": number}))
    assert shown == url.replace("&", "&amp;")


@pytest.mark.parametrize(
    ("path", "vietnamese", "english"),
    [
        ("/", "/", "/en/"),
        ("/tin-tuc/", "/tin-tuc/", "/en/tin-tuc/"),
        ("/tim-kiem/?tu_khoa=a%26b", "/tim-kiem/?tu_khoa=a%26b", "/en/tim-kiem/?tu_khoa=a%26b"),
        ("/khong-co/", "/khong-co/", "/khong-co/"),
    ],
)
def test_address_in_the_other_language(path: str, vietnamese: str, english: str) -> None:
    assert language_url(context(path), "vi") == vietnamese
    assert language_url(context(path), "en") == english


@pytest.mark.parametrize("path", ["//evil.example/", "//evil.example/tin-tuc/", "///evil.example"])
def test_language_link_never_leads_to_another_host(path: str) -> None:
    request = rf.get("/", PATH_INFO=path)
    links = [language_url({"request": request}, code) for code in ("vi", "en")]
    assert [link for link in links if link.startswith("//")] == []
    assert all("evil.example" in link for link in links)


def test_absolute_address_has_scheme_and_host() -> None:
    assert absolute(context("/x/"), "/tin-tuc/a/") == "http://testserver/tin-tuc/a/"
    assert absolute(context("/x/?a=1"), "/") == "http://testserver/"


@given(st.text())
def test_no_title_breaks_out_of_the_data_for_search_engines(title: str) -> None:
    tag = json_ld({"headline": title, "more": "</script><script>alert(1)</script>"})
    match = re.fullmatch(r'<script type="application/ld\+json">([^<>&\u2028\u2029]*)</script>', tag)
    assert match is not None
    assert json.loads(match.group(1))["headline"] == title


@pytest.mark.parametrize("path", ["css/portal.css", "js/copy-link.js"])
def test_integrity_is_the_hash_of_the_file(path: str) -> None:
    found = finders.find(path)
    assert isinstance(found, str)
    digest = hashlib.sha384(Path(found).read_bytes()).digest()
    assert integrity(path) == f"sha384-{base64.b64encode(digest).decode()}"
    tag = stylesheet(path) if path.endswith("css") else script(path)
    assert f'integrity="{integrity(path)}"' in tag
    assert f'"/static/{path}"' in tag


def test_file_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(FileNotFoundError):
        integrity("css/none.css")
    assert stylesheet("css/portal.css", media="print").endswith('media="print">')


@pytest.mark.django_db
def test_picture_names_its_sizes_and_asks_for_nothing_more() -> None:
    photo = make_photo(make_article())
    shown = picture(photo.file, alt="Một bức ảnh", lazy=False)
    one = r"/anh/tin/\w+/\d+\.{} \d+w"
    webp, fallback = (rf'srcset="{part}(, {part})*"' for part in map(one.format, ("webp", "jpg")))
    assert re.search(rf'<source type="image/webp" {webp} sizes="100vw">', shown)
    assert re.search(fallback, shown)
    assert 'alt="Một bức ảnh"' in shown
    assert 'fetchpriority="high"' in shown
    shown = Template("{% picture photo alt=alt %}").render(
        Context({"photo": photo.file, "alt": '"><script>'})
    )
    assert 'alt="&quot;&gt;&lt;script&gt;"' in shown
    assert 'loading="lazy"' in shown
    assert f'width="{photo.width}"' in shown
    assert f'height="{photo.height}"' in shown


@pytest.mark.django_db
def test_picture_is_made_anew_when_anything_about_it_differs() -> None:
    first, second = (make_photo(make_article()).file for _ in range(2))
    assert picture(first, alt="Một") == picture(first, alt="Một")
    shown = {
        picture(first, alt="Một"),
        picture(second, alt="Một"),
        picture(first, alt="Hai"),
        picture(first, alt="Một", sizes="60px"),
        picture(first, alt="Một", lazy=False),
        picture(first, alt="Một", css_class="emblem"),
        picture(first, alt="a & b"),
        picture(first, alt=mark_safe("a & b")),
    }
    assert len(shown) == 8


@pytest.mark.parametrize("absent", [None, "", SimpleNamespace(is_stored=False)])
def test_picture_that_is_not_there_prints_nothing(absent: Any) -> None:
    assert picture(absent, alt="x") == ""
    shown = Template('{% picture photo alt="x" %}').render(Context({"photo": absent}))
    assert shown.strip() == ""
