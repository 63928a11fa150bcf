"""Addresses of articles: folded, unique for ever, and old ones lead on."""

import re
from functools import partial
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.text import slugify
from news.models import MAX_SLUG, Address, Article, Category
from tests.conftest import signed_in, stored
from tests.factories import make_article, make_category, make_published
from tests.news.helpers import at_once

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def retitled(article: Article, *titles: str) -> Article:
    for title in titles:
        article.title = title
        article.save()
    return article


def addresses(article: Article) -> set[str]:
    return set(article.addresses.values_list("slug", flat=True))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Đặng Thị Ơn – bí thư “giỏi”", "dang-thi-on-bi-thu-gioi"),
        ("ĐOÀN VIÊN ƯU TÚ 2020", "doan-vien-uu-tu-2020"),
        ("100% chi đoàn & 5/5 xã", "100-chi-doan-5-5-xa"),
        ("!!!", "tin"),
        ("青年", "tin"),
    ],
)
def test_address_is_the_folded_title(title: str, slug: str) -> None:
    article = make_article(title=title)
    assert article.slug == slug
    assert article.get_absolute_url() == f"/tin-tuc/{slug}/"
    assert addresses(article) == {slug}


@pytest.mark.django_db
def test_long_title_is_cut_between_words() -> None:
    article = make_article(title="nghiêng " * 25)
    assert article.slug == "-".join(["nghieng"] * 14)
    one_word = make_article(title="a" * 200)
    assert one_word.slug == "a" * (MAX_SLUG - 6)
    assert make_article(title="a" * 199).slug == "a" * (MAX_SLUG - 6) + "-2"


@pytest.mark.django_db
def test_equal_titles_get_numbers() -> None:
    slugs = [make_article(title="Tin mới").slug for _ in range(12)]
    assert slugs == ["tin-moi", *(f"tin-moi-{n}" for n in range(2, 13))]
    assert set(Address.objects.values_list("slug", flat=True)) == set(slugs)


@pytest.mark.django_db
def test_title_that_ends_in_a_number_does_not_clash_with_numbered_ones() -> None:
    make_article(title="Tin")
    second = make_article(title="Tin")
    third = make_article(title="Tin 2")
    assert (second.slug, third.slug) == ("tin-2", "tin-2-2")
    assert make_article(title="Tin").slug == "tin-3"


@pytest.mark.django_db
def test_address_stays_while_the_title_reads_the_same_without_marks() -> None:
    make_article(title="Hội trại")
    article = make_article(title="Hội trại")
    Article.objects.get(slug="hoi-trai").delete()
    retitled(article, "Hội trại", "HỘI TRẠI!")
    assert article.slug == "hoi-trai-2"
    assert addresses(article) == {"hoi-trai-2"}


@pytest.mark.django_db
def test_every_old_address_leads_to_the_present_one_in_one_step(client: Client) -> None:
    article = make_published(title="Tên một")
    retitled(article, "Tên hai", "Tên ba", "Tên bốn")
    for old in ("ten-mot", "ten-hai", "ten-ba"):
        answer = client.get(f"/tin-tuc/{old}/")
        assert (answer.status_code, answer["Location"]) == (301, "/tin-tuc/ten-bon/")
    assert client.get("/tin-tuc/ten-bon/").status_code == 200
    assert client.head("/tin-tuc/ten-mot/").status_code == 301


@pytest.mark.django_db
def test_an_article_that_gets_its_old_title_back_gets_its_old_address_back(client: Client) -> None:
    article = retitled(make_published(title="Cũ"), "Mới", "Cũ")
    assert article.slug == "cu"
    assert addresses(article) == {"cu", "moi"}
    assert client.get("/tin-tuc/moi/")["Location"] == "/tin-tuc/cu/"
    assert client.get("/tin-tuc/cu/").status_code == 200


@pytest.mark.django_db
def test_old_address_is_not_given_to_another_article(client: Client) -> None:
    first = retitled(make_published(title="Ngày hội"), "Ngày hội lớn")
    second = make_published(title="Ngày hội")
    assert second.slug == "ngay-hoi-2"
    assert client.get("/tin-tuc/ngay-hoi/")["Location"] == first.get_absolute_url()
    assert retitled(second, "Ngày hội lớn").slug == "ngay-hoi-lon-2"


@pytest.mark.django_db
def test_old_address_of_what_readers_may_not_see_tells_nothing(client: Client) -> None:
    retitled(make_article(title="Bản nháp mật"), "Bản nháp rất mật")
    assert client.get("/tin-tuc/ban-nhap-mat/").status_code == 404
    assert client.get("/tin-tuc/ban-nhap-rat-mat/").status_code == 404


@pytest.mark.django_db
def test_staff_are_led_on_to_a_draft_too(editor_minh: object) -> None:
    retitled(make_article(title="Nháp"), "Nháp hai")
    answer = signed_in(editor_minh).get("/tin-tuc/nhap/")  # type: ignore[arg-type]
    assert (answer.status_code, answer["Location"]) == (301, "/tin-tuc/nhap-hai/")
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.django_db
def test_english_pages_lead_on_in_english(client: Client) -> None:
    retitled(make_published(title="Trước"), "Sau")
    assert client.get("/en/tin-tuc/truoc/")["Location"] == "/en/tin-tuc/sau/"
    assert client.get("/en/tin-tuc/sau/").status_code == 200


@pytest.mark.django_db
def test_the_database_itself_refuses_a_second_owner_and_an_empty_address() -> None:
    article, other = make_article(title="Một"), make_article(title="Hai")
    for values in ({"slug": "mot"}, {"slug": ""}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Article.objects.filter(pk=other.pk).update(**values)
    with pytest.raises(IntegrityError), transaction.atomic():
        Address.objects.create(slug="mot", article=other)
    assert addresses(article) == {"mot"}
    assert addresses(other) == {"hai"}


@pytest.mark.django_db
def test_another_clash_than_one_of_addresses_is_raised_at_once() -> None:
    make_article(import_key="cu:1")
    with pytest.raises(IntegrityError), transaction.atomic():
        make_article(import_key="cu:1")
    assert Article.objects.count() == 1
    assert Address.objects.count() == 1


@pytest.mark.django_db
def test_old_addresses_go_with_a_deleted_draft() -> None:
    article = retitled(make_article(title="Một"), "Hai")
    article.delete()
    assert not Address.objects.exists()
    assert make_article(title="Một").slug == "mot"


@given(st.text(max_size=200))
def test_any_title_gives_a_plain_address_or_none(title: str) -> None:
    slug = slugify(title, MAX_SLUG - 6)
    assert slug == "" or SLUG.fullmatch(slug)
    assert len(slug) <= MAX_SLUG - 6


@pytest.mark.django_db
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    titles=st.lists(st.sampled_from(["Tin", "Tin 2", "Tin 3", "Tin 2 2", "tín!", "!"]), max_size=12)
)
def test_any_series_of_titles_keeps_every_address_with_one_article(
    category: Category, titles: list[str]
) -> None:
    Article.objects.all().delete()
    pool = [make_article(title="Tin"), make_article(title="Tin 2"), make_article(title="!")]
    owners = {article.slug: article.pk for article in pool}
    for number, title in enumerate(titles):
        article = retitled(pool[number % 3], title)
        assert owners.setdefault(article.slug, article.pk) == article.pk
        assert SLUG.fullmatch(article.slug)
    assert dict(Address.objects.values_list("slug", "article_id")) == owners


# Races


def rush(number: int) -> list[str]:
    """The addresses that threads get which all create the same title at once."""
    category = make_category()
    create = partial(make_article, title="Đại hội chi đoàn", category=category)
    made = at_once(*[create] * number)
    assert [answer for answer in made if isinstance(answer, Exception)] == []
    return [article.slug for article in made]


def assert_each_has_its_own(slugs: list[str]) -> None:
    base = "dai-hoi-chi-doan"
    assert sorted(slugs) == sorted([base, *(f"{base}-{n}" for n in range(2, len(slugs) + 1))])
    assert set(Address.objects.values_list("slug", flat=True)) == set(slugs)
    assert {stored(a).slug for a in Article.objects.all()} == set(slugs)
    assert Article.history.count() == len(slugs)


@pytest.mark.django_db(transaction=True)
def test_twelve_writers_of_one_title_at_once_all_get_an_address_of_their_own() -> None:
    if connection.vendor == "sqlite":
        assert Path(str(connection.settings_dict["NAME"])).is_file()
    assert_each_has_its_own(rush(12))


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="needs real PostgreSQL")
def test_writers_inside_long_transactions_get_addresses_of_their_own() -> None:
    category = make_category()

    def create_two() -> list[str]:
        with transaction.atomic():
            first = make_article(title="Đại hội chi đoàn", category=category)
            return [first.slug, make_article(title="Đại hội chi đoàn", category=category).slug]

    answers = at_once(*[create_two] * 8)
    assert [answer for answer in answers if isinstance(answer, Exception)] == []
    assert_each_has_its_own([slug for pair in answers for slug in pair])


@pytest.mark.django_db(transaction=True)
def test_two_who_take_the_same_new_title_at_once_get_two_addresses() -> None:
    category = make_category()
    pool = [make_article(title=f"Tin {n}", category=category) for n in range(4)]
    answers = at_once(*[partial(retitled, article, "Chung một tên") for article in pool])
    assert [answer for answer in answers if isinstance(answer, Exception)] == []
    slugs = {stored(article).slug for article in pool}
    assert slugs == {"chung-mot-ten", *(f"chung-mot-ten-{n}" for n in (2, 3, 4))}
