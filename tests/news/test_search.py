"""The readers' search: no diacritics needed, title first, nothing breaks it."""

import unicodedata
from collections.abc import Callable
from datetime import datetime
from functools import partial
from urllib.parse import parse_qs, urlencode, urlsplit
from xml.etree.ElementTree import Element

import pytest
from django.test import Client
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from branches.models import Office
from core.text import fold, fold_words, search_key
from news.models import Article, Category
from news.queries import NEWEST_FOUND, search_articles
from news.templatetags.news import article_snippet
from tests.conftest import later
from tests.factories import make_article, make_category, make_published
from tests.news.helpers import by_class, card_titles, count_queries, links, page, words_of

VIETNAMESE = (
    "aăâbcdđeêghiklmnoôơpqrstuưvxyàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ"
)
nfc, nfd = partial(unicodedata.normalize, "NFC"), partial(unicodedata.normalize, "NFD")
words = st.text(st.sampled_from(VIETNAMESE + VIETNAMESE.upper()), min_size=1, max_size=8)


def found(client: Client, text: str, **more: str) -> Element:
    return page(client, "/tim-kiem/?" + urlencode({"tu_khoa": text, **more}))


def titles(client: Client, text: str, **more: str) -> list[str]:
    return card_titles(found(client, text, **more))


# Folding


@given(words)
def test_any_vietnamese_word_is_found_in_any_form_and_case(word: str) -> None:
    forms = [nfc(word), nfd(word)]
    keys = {search_key(form) for text in forms for form in (text, text.upper(), text.lower())}
    assert len(keys) == 1
    (key,) = keys
    assert key.isascii()
    assert key == f" {key.strip()} "


@given(st.text())
@example("Đ\u0323ặng")
@example("\u0301")
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold_words(" ".join(fold_words(text))) == fold_words(text)
    assert all(word.isascii() and word.isalnum() for word in fold_words(text))
    assert search_key(search_key(text)) == search_key(text)


@given(st.lists(words, min_size=1, max_size=4))
def test_a_title_holds_each_of_its_words(title: list[str]) -> None:
    key = search_key(" – ".join(title))
    assert all(f" {fold(word)} " in key for word in title)
    assert key.split() == [fold(word) for word in title]


@pytest.mark.django_db
@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(word=words, form=st.sampled_from([nfc, nfd]), kept=st.sampled_from([nfc, nfd]))
def test_database_finds_what_was_kept_in_either_form(
    category: Category, word: str, form: Callable[[str], str], kept: Callable[[str], str]
) -> None:
    Article.objects.all().delete()
    article = make_published(title=kept(f"Bí thư {word} trẻ"), body="", lead="")
    for text in (word, word.upper(), fold(word)):
        assert list(search_articles(form(text))) == [article]


@pytest.mark.django_db
@pytest.mark.parametrize("query", ["dang", "DANG", "Đặng", "đặng", "ĐẶNG", "Dặng", "  đăng  "])
def test_dang_finds_dang_with_all_its_marks(client: Client, query: str) -> None:
    make_published(title="Bí thư Đặng Thị Lan")
    make_published(title="Dangerous", lead="đan g", body="<p>danger</p>")
    assert titles(client, query) == ["Bí thư Đặng Thị Lan"]
    assert titles(client, nfd(query)) == ["Bí thư Đặng Thị Lan"]


# What is found, and in which order


@pytest.mark.django_db
def test_title_hits_come_first_then_phrases_then_the_newest(when: datetime) -> None:
    in_body = make_published(title="A", body="<p>bí thư giỏi</p>", publish_at=when)
    in_lead = make_published(title="B", lead="Thư của bí thư", publish_at=later(when, days=-1))
    words_only = make_published(title="Thư gửi bí", publish_at=later(when, days=-2))
    phrase = make_published(title="Bí thư chi đoàn", publish_at=later(when, days=-900))
    newer_phrase = make_published(title="Gương bí thư", publish_at=later(when, days=-800))
    make_published(title="Bí mật", body="<p>không có từ kia</p>")
    assert list(search_articles("bi thu")) == [newer_phrase, phrase, words_only, in_body, in_lead]


@pytest.mark.django_db
def test_words_may_stand_in_different_parts_but_all_must_be_there() -> None:
    article = make_published(title="Hội trại", lead="tại Hồng Lạc", body="<p>năm 2020</p>")
    assert list(search_articles("2020 trai hong")) == [article]
    assert list(search_articles("trai trai TRẠI")) == [article]
    assert list(search_articles("2020 trai dong")) == []


@pytest.mark.django_db
def test_whole_words_are_found_and_parts_of_words_are_not() -> None:
    article = make_published(title="Thanh niên")
    assert list(search_articles("thanh")) == [article]
    assert list(search_articles("than")) == []
    assert list(search_articles("hanh nien")) == []


@pytest.mark.django_db
def test_words_of_two_blocks_do_not_grow_together() -> None:
    article = make_published(
        title="A", lead="cuối", body="<h2>Mục</h2><p>đầu</p><ul><li>một</li></ul>"
    )
    assert list(search_articles("cuoi muc dau mot")) == [article]
    assert list(search_articles("mucdau")) == []
    assert list(search_articles("h2")) == []


@pytest.mark.django_db
def test_category_narrows_the_search(client: Client, category: Category) -> None:
    other = make_category(name="Thông báo")
    make_published(title="Trại hè một", category=category)
    make_published(title="Trại hè hai", category=other)
    assert set(titles(client, "trai he")) == {"Trại hè một", "Trại hè hai"}
    assert titles(client, "trai he", chuyen_muc="thong-bao") == ["Trại hè hai"]
    assert titles(client, "trai he", chuyen_muc="") == ["Trại hè hai", "Trại hè một"]


@pytest.mark.django_db
@pytest.mark.parametrize("slug", ["khong-co", "\x00", "1", "' OR 1=1 --"])
def test_unknown_category_gets_a_sentence_and_keeps_the_words(client: Client, slug: str) -> None:
    make_published(title="Trại hè")
    tree = found(client, "trai he", chuyen_muc=slug)
    assert len(by_class(tree, "invalid-feedback")) == 1
    assert [e.get("value") for e in tree.iter("input") if e.get("id") == "id_tu_khoa"] == [
        "trai he"
    ]
    assert card_titles(tree) == []


# How it is shown


@pytest.mark.django_db
def test_matches_are_marked_in_title_and_text_as_they_are_written(client: Client) -> None:
    make_published(title="Đặng Văn Đáng", lead="Gặp anh Đặng và chị DANG.", body="")
    tree = found(client, "dang")
    assert [words_of(mark) for mark in tree.iter("mark")] == ["Đặng", "Đáng", "Đặng", "DANG"]
    assert card_titles(tree) == ["Đặng Văn Đáng"]


@pytest.mark.django_db
def test_text_round_the_first_match_is_shown(client: Client) -> None:
    far = "<p>" + "mở đầu dài " * 100 + "kim cương ở đây " + "kết thúc dài " * 100 + "</p>"
    make_published(title="Tin", lead="Không liên quan", body=far)
    tree = found(client, "kim cuong")
    (text,) = (words_of(p) for p in tree.iter("p") if "ở đây" in words_of(p))
    assert text.startswith("… ")
    assert text.endswith(" …")
    assert "kim cương ở đây" in text
    assert len(text) < 300


@pytest.mark.django_db
def test_lead_is_shown_if_it_holds_a_word_and_if_only_the_title_does() -> None:
    article = make_article(
        title="Sen", lead="Đầm sen nở", body="<p>Hoa <b>sen</b> &lt;hồng&gt;</p>"
    )
    assert article_snippet(article, ["sen"]) == "Đầm sen nở"
    assert article_snippet(article, ["hoa"]) == "Hoa sen <hồng>"
    assert article_snippet(article, ["khac"]) == "Đầm sen nở"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "attack",
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "' onfocus='alert(1)",
        "</title><svg onload=alert(1)>",
        "{{ 7|add:7 }}{% debug %}",
    ],
)
def test_query_is_shown_as_text_and_never_runs(client: Client, attack: str) -> None:
    make_published(title=f"Tin {attack}", lead=f"Mở {attack}", body="")
    for text in (attack, f"tin {attack}"):
        tree = found(client, text)
        scripts = [e for e in tree.iter("script") if "portal" not in str(e.get("src"))]
        assert [e for e in scripts if "alert" in words_of(e)] == []
        assert [e for e in tree.iter() if {"onerror", "onload", "onfocus"} & set(e.keys())] == []
        assert text in words_of(tree.find("head/title"))
        assert len(by_class(tree, "card-title")) == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("100%", ["Đạt 100% chỉ tiêu"]),
        ("%", []),
        ("_", []),
        ("tên_tệp", ["Tên_tệp mới"]),
        ("'", []),
        ('"chỉ tiêu"', ["Đạt 100% chỉ tiêu"]),
        ("\\", []),
        ("!!! ... ???", []),
        ("—", []),
        ("*", []),
        ("OR 1=1", []),
        ("青年", []),
        ("😀", []),
    ],
)
def test_signs_have_no_meaning_of_their_own(
    client: Client, query: str, expected: list[str]
) -> None:
    make_published(title="Đạt 100% chỉ tiêu", lead="", body="")
    make_published(title="Tên_tệp mới", lead="", body="")
    tree = found(client, query)
    assert card_titles(tree) == expected
    assert len(by_class(tree, "empty")) == (0 if expected else 1)


@pytest.mark.django_db
@pytest.mark.parametrize("word", ["and", "or", "not", "near", "AND", "Or", "match", "null"])
def test_words_that_mean_something_to_a_database_are_words(client: Client, word: str) -> None:
    make_published(title=f"Đoàn {word} hội")
    make_published(title="Đoàn hội")
    for text in (word, f"doan {word} hoi", f"{word} {word}", f"{word} doan", f"hoi {word}"):
        assert titles(client, text) == [f"Đoàn {word} hội"]
    assert titles(client, f"doan {word} trai") == []


@pytest.mark.django_db
@pytest.mark.parametrize("number", [1, 3])
def test_search_page_costs_three_queries(client: Client, office: Office, number: int) -> None:
    for _ in range(number):
        make_published(title="Trại hè", category=make_category())
    url = "/tim-kiem/?tu_khoa=trai+he"
    assert (len(titles(client, "trai he")), count_queries(client, url)) == (number, 3)
    assert count_queries(client, "/tim-kiem/?tu_khoa=khong+co") == 2


@pytest.mark.django_db
def test_of_very_many_only_the_newest_are_shown_and_the_page_says_so(
    client: Client, category: Category, when: datetime
) -> None:
    kept = {"status": "published", "status_at": when, "category": category}
    Article.objects.bulk_create(
        Article(
            title=f"Tin {n}",
            slug=f"tin-{n}",
            publish_at=later(when, minutes=-n),
            search_title=f" tin {n} ",
            search_text=" doan ",
            **kept,
        )
        for n in range(NEWEST_FOUND + 1)
    )
    tree = found(client, "đoàn")
    (status,) = (words_of(e) for e in tree.iter("p") if e.get("role") == "status")
    assert "hơn 1.000 bài" in status
    assert "1.000 bài mới nhất" in status
    assert card_titles(tree)[:2] == ["Tin 0", "Tin 1"]
    assert card_titles(found(client, "đoàn", trang="84"))[-1] == f"Tin {NEWEST_FOUND - 1}"
    assert client.get("/tim-kiem/?tu_khoa=doan&trang=85").status_code == 404
    Article.objects.filter(title="Tin 0").delete()
    (status,) = (words_of(e) for e in found(client, "đoàn").iter("p") if e.get("role") == "status")
    assert "Tìm thấy 1.000 bài" in status


@pytest.mark.django_db
def test_empty_result_helps_on(client: Client) -> None:
    tree = found(client, "không có gì")
    (empty,) = by_class(tree, "empty")
    assert {"/tin-tuc/", "/luu-tru/"} <= set(links(empty))
    assert "không có gì" in words_of(empty)
    assert empty.get("role") == "status"


@pytest.mark.django_db
@pytest.mark.parametrize("query", ["", "   ", "a" * 201, "ớ" * 5000, "\x00", "a\x00b"])
def test_query_that_cannot_be_is_answered_with_the_form(client: Client, query: str) -> None:
    make_published()
    tree = found(client, query)
    assert len(by_class(tree, "invalid-feedback")) == 1
    assert by_class(tree, "empty") == []


@pytest.mark.django_db
def test_longest_query_of_many_words_is_answered(client: Client) -> None:
    title = " ".join("abcdefghijklmnopqrstuvwxyz")
    make_published(title=title, body="")
    assert titles(client, " ".join(f"{n:02d}"[-1] for n in range(100))) == []
    assert titles(client, (title + " ") * 3) == [title]


@pytest.mark.django_db
def test_search_page_without_a_query_is_an_empty_form(client: Client) -> None:
    tree = page(client, "/tim-kiem/")
    assert by_class(tree, "invalid-feedback") == by_class(tree, "empty") == []
    (form,) = (e for e in tree.iter("form") if "search-form" in e.get("class", ""))
    assert form.get("method") == "get"
    assert {e.get("name") for e in form.iter() if e.get("name")} == {"tu_khoa", "chuyen_muc"}


@pytest.mark.django_db
def test_pages_of_results_keep_words_and_category(client: Client, category: Category) -> None:
    for number in range(25):
        make_published(title=f"Trại hè & {number}", category=category)
    make_published(title="Trại hè khác", category=make_category())
    tree = found(client, "trại & hè", chuyen_muc=category.slug)
    (older,) = (e.get("href", "") for e in tree.iter("a") if e.get("rel") == "next")
    assert parse_qs(urlsplit(older).query) == {
        "tu_khoa": ["trại & hè"],
        "chuyen_muc": [category.slug],
        "trang": ["2"],
    }
    second = page(client, f"/tim-kiem/{older}")
    assert (len(card_titles(tree)), len(card_titles(second))) == (12, 12)
    assert set(card_titles(tree)).isdisjoint(card_titles(second))
    last = page(client, f"/tim-kiem/{older.replace('trang=2', 'trang=3')}")
    assert len(card_titles(last)) == 1
    assert client.get(f"/tim-kiem/{older.replace('trang=2', 'trang=4')}").status_code == 404


@pytest.mark.django_db
def test_search_form_of_the_header_leads_to_the_same_page(client: Client) -> None:
    make_published(title="Trại hè")
    (form,) = by_class(page(client, "/"), "header-search")
    (field,) = form.iter("input")
    assert (form.get("action"), form.get("method", "get")) == ("/tim-kiem/", "get")
    assert card_titles(page(client, f"/tim-kiem/?{field.get('name')}=trai")) == ["Trại hè"]
