"""What an article, a category and a photo keep true by themselves."""

import unicodedata
from datetime import datetime, timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.urls import reverse

from accounts.models import User
from core.rich_text import MAX_BYTES, sanitize
from news.models import Article, Category, Photo
from tests.conftest import later, stored
from tests.factories import make_article, make_category, make_photo_row, make_published
from tests.news import hostile_markup

pytestmark = pytest.mark.django_db


def nfd(text: str) -> str:
    return unicodedata.normalize("NFD", text)


def test_words_are_kept_in_one_form_however_they_were_typed() -> None:
    article = make_article(
        title=nfd("  Đoàn\u00a0viên   tiêu biểu "),
        lead=nfd("Mở đầu\r\n  thứ hai "),
        author=nfd("Lê Ân"),
    )
    kept = stored(article)
    assert (article.title, kept.title) == ("Đoàn viên tiêu biểu", "Đoàn viên tiêu biểu")
    assert kept.lead == "Mở đầu\nthứ hai"
    assert kept.author == "Lê Ân"


def test_body_is_sanitised_on_every_kind_of_save() -> None:
    article = make_article(body="<p onclick=x>Một</p><script>alert(1)</script>")
    assert stored(article).body == "<p>Một</p>"
    article.body = nfd("<h1>Đầu đề</h1><p>Hai</p>")
    article.save(update_fields=["body"])
    assert stored(article).body == "Đầu đề <p>Hai</p>"
    article.body = "<p>Ba</p><img src=x>"
    article.save(update_fields=["title"])
    assert "img" not in stored(article).body


def test_hostile_markup_leaves_only_harmless_structure_in_the_database() -> None:
    assert len(set(hostile_markup.STRINGS)) >= 130
    article = make_article()
    for markup in hostile_markup.STRINGS:
        article.body = f"<p>trước</p>{markup}<p>sau</p>"
        article.save()
        body = Article.objects.values_list("body", flat=True).get(pk=article.pk)
        assert hostile_markup.faults(body) == [], markup
        assert sanitize(body) == body, markup


def test_ordinary_markup_survives_as_it_was() -> None:
    body = (
        "<h2>Mục</h2><p><strong>Đậm</strong> và <em>nghiêng</em><br>dòng hai</p>"
        '<ol start="3"><li>Ba</li></ol><blockquote><p>Lời</p></blockquote>'
        '<p><a href="mailto:a@b.vn" rel="noopener noreferrer">thư</a></p>'
    )
    assert stored(make_article(body=body)).body == body
    assert hostile_markup.faults(body) == []


def test_search_keys_follow_title_lead_and_body() -> None:
    article = make_article(title="Đặng Thị Ơn", lead="Mở đầu", body="<p>Xã <em>Hồng</em> Lạc</p>")
    assert article.search_title == " dang thi on "
    assert article.search_text == " mo dau xa hong lac "
    article.title, article.lead = "Tên mới", "Khác"
    article.save(update_fields=["title", "lead"])
    kept = stored(article)
    assert (kept.search_title, kept.search_text) == (" ten moi ", " khac xa hong lac ")


def test_an_article_loaded_without_its_search_text_is_saved_whole() -> None:
    article = make_article(lead="Cũ")
    partly = Article.objects.defer("search_text", "body").get(pk=article.pk)
    partly.lead = "Hoàn toàn mới"
    partly.save()
    assert " hoan toan moi " in stored(article).search_text
    assert stored(article).body == article.body


def test_every_save_counts_one_version_and_keeps_its_history() -> None:
    article = make_article(title="Một")
    article.title = "Hai"
    article.save()
    assert stored(article).version == 2
    rows = Article.history.filter(id=article.pk).order_by("version")
    assert list(rows.values_list("version", "title", "history_type")) == [
        (1, "Một", "+"),
        (2, "Hai", "~"),
    ]
    names = {field.name for field in Article.history.model._meta.get_fields()}
    assert names & {"search_title", "search_text", "body"} == {"body"}


def test_deleting_a_draft_keeps_its_history() -> None:
    article = make_article(title="Bản nháp bỏ đi")
    pk = article.pk
    article.delete()
    kinds = Article.history.filter(id=pk).values_list("history_type", flat=True)
    assert sorted(kinds) == ["+", "-"]
    assert not Article.objects.exists()


def test_readers_rule_is_the_same_for_one_article_and_for_all(when: datetime) -> None:
    moments = [None, when - timedelta(days=1), when, when + timedelta(microseconds=1)]
    for status in Article.Status:
        for publish_at in moments:
            for expire_at in moments:
                if publish_at is None and status == Article.Status.PUBLISHED:
                    continue
                if publish_at and expire_at and expire_at <= publish_at:
                    continue
                make_published(
                    status=status, publish_at=publish_at, expire_at=expire_at, status_at=when
                )
    with time_machine.travel(when, tick=False):
        seen = set(Article.objects.published())
        assert seen == {article for article in Article.objects.all() if article.is_published}
    assert len(seen) == 4
    assert {article.status for article in seen} == {"published"}


def test_another_moment_can_be_asked_about(when: datetime) -> None:
    article = make_published(publish_at=when, expire_at=later(when, days=2))
    assert list(Article.objects.published(at=later(when, days=1))) == [article]
    assert not Article.objects.published(at=later(when, days=3)).exists()
    assert not Article.objects.published(at=later(when, days=-1)).exists()


def test_category_gets_its_address_from_its_name_and_keeps_it() -> None:
    category = make_category(name="Gương bí thư chi đoàn")
    assert category.slug == "guong-bi-thu-chi-doan"
    category.name = "Tên khác"
    category.save()
    assert category.get_absolute_url() == reverse("news:category", args=["guong-bi-thu-chi-doan"])
    assert str(category) == "Tên khác"


def test_category_whose_address_is_taken_is_refused_with_a_sentence() -> None:
    make_category(name="Gương sáng")
    twin = Category(name="Guong Sang")
    with pytest.raises(ValidationError) as refused:
        twin.full_clean()
    assert set(refused.value.message_dict) == {"slug"}
    assert Category.objects.count() == 1


@pytest.mark.parametrize("name", ["!!!", "青年", "…"])
def test_category_without_a_latin_letter_still_has_an_address(name: str) -> None:
    category = make_category(name=name)
    assert category.slug != ""
    assert category.get_absolute_url().startswith("/chuyen-muc/")


def test_category_with_articles_stays() -> None:
    article = make_article()
    with pytest.raises(models.ProtectedError):
        article.category.delete()
    assert stored(article).category == article.category


def test_person_who_set_a_state_stays(admin_lan: User, when: datetime) -> None:
    article = make_published(publish_at=when, status_by=admin_lan)
    with pytest.raises(models.ProtectedError):
        admin_lan.delete()
    assert stored(article).status_by == admin_lan


def test_text_of_more_than_200_kb_is_refused() -> None:
    article = make_article()
    article.body = "<p>" + "ớ" * (MAX_BYTES // 3) + "</p>"
    with pytest.raises(ValidationError) as refused:
        article.full_clean()
    assert [error.code for error in refused.value.error_dict["body"]] == ["too_long"]
    article.body = "<p>" + "o" * (MAX_BYTES - 7) + "</p>"
    article.full_clean()
    assert len(article.body.encode()) == MAX_BYTES


@pytest.mark.parametrize("field", ["title", "lead", "author", "source"])
@pytest.mark.parametrize("sign", ["\u202e", "\u200b", "\x07"])
def test_hidden_characters_are_refused(field: str, sign: str) -> None:
    article = make_article()
    setattr(article, field, f"đoàn{sign}viên")
    with pytest.raises(ValidationError) as refused:
        article.full_clean()
    assert set(refused.value.error_dict) == {field}
    assert [error.code for error in refused.value.error_dict[field]] == ["forbidden_characters"]


def test_database_keeps_one_lead_photo_an_article() -> None:
    article, other = make_article(), make_article()
    make_photo_row(article, is_lead=True)
    make_photo_row(article, is_lead=False)
    make_photo_row(other, is_lead=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        make_photo_row(article, is_lead=True)
    assert Photo.objects.filter(is_lead=True).count() == 2


def test_photo_is_described_by_its_alt_text_else_by_its_caption() -> None:
    photo = make_photo_row(make_article(), caption="Trao quà", alt="Hai người bắt tay")
    assert (photo.description, str(photo)) == ("Hai người bắt tay", "Trao quà")
    photo.alt = ""
    assert photo.description == "Trao quà"


def test_photo_without_a_file_is_named_after_the_one_it_waits_for() -> None:
    awaited = Photo(article=make_article(), original_name="anh-cu.jpg")
    awaited.full_clean()
    awaited.save()
    assert (str(awaited), bool(awaited.file)) == ("anh-cu.jpg", False)


def test_photos_come_in_their_places() -> None:
    article = make_article()
    last = make_photo_row(article, position=2)
    first = make_photo_row(article, position=1)
    also_last = make_photo_row(article, position=2)
    assert list(article.photos.all()) == [first, last, also_last]
    assert Photo.history.count() == 3
