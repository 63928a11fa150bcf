"""The back office of the news: what its form keeps, its lists, and who may do what."""

import re
from datetime import datetime

import pytest
from django.contrib.admin import site
from django.contrib.auth.models import Permission
from django.core.exceptions import PermissionDenied
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from news import actions
from news.forms import ArticleForm
from news.models import Article, Category
from tests.conftest import later, signed_in, stored
from tests.factories import make_article, make_category, make_photo, make_published
from tests.news import hostile_markup
from tests.news.back_office import ADD, LIST, all_rows, change, history, notes, opened, row, words
from tests.news.helpers import by_class, count_queries, form_values, page, parse, words_of

pytestmark = pytest.mark.django_db


def test_new_article_is_a_draft_of_whoever_wrote_it(editor_minh: User) -> None:
    minh = signed_in(editor_minh)
    answer = minh.post(ADD, words(title="Tin đầu", body="<p>Thân</p>", _save=""))
    article = Article.objects.get()
    assert (answer.status_code, article.title, article.status) == (302, "Tin đầu", "draft")
    assert Article.history.get(id=article.pk).history_user == editor_minh
    assert opened(minh, article)["seen_version"] == str(article.version)


def test_untouched_form_changes_no_word(editor_minh: User) -> None:
    article = make_article(
        body='<h2>Mục</h2><p>Dòng<br>hai &amp; <a href="/x" rel="noopener noreferrer">x</a></p>'
    )
    make_photo(article, is_lead=True)
    before = row(article)
    minh = signed_in(editor_minh)
    assert minh.post(change(article), opened(minh, article)).status_code == 302
    changed = {key for key, value in row(article).items() if value != before[key]}
    assert changed <= {"version", "updated_at"}


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Một\r\ndòng\r\n\r\nHai", "<p>Một<br>dòng</p><p>Hai</p>"),
        ("  Chỉ một  ", "<p>Chỉ một</p>"),
        ("A & B", "<p>A &amp; B</p>"),
        ("3 < 5", "<p>3 &lt; 5</p>"),
        ("<p>Đã có thẻ</p>", "<p>Đã có thẻ</p>"),
        ("", ""),
    ],
)
def test_plain_text_typed_without_scripts_becomes_paragraphs(
    typed: str, kept: str, editor_minh: User
) -> None:
    minh = signed_in(editor_minh)
    minh.post(ADD, words(body=typed))
    article = Article.objects.get()
    assert article.body == kept
    minh.post(change(article), opened(minh, article))
    assert stored(article).body == kept


def test_hostile_markup_through_the_form_is_sanitised(editor_minh: User) -> None:
    minh = signed_in(editor_minh)
    minh.post(ADD, words())
    article = Article.objects.get()
    for markup in hostile_markup.STRINGS[::4]:
        answer = minh.post(
            change(article), {**opened(minh, article), "body": f"<p>Chữ</p>{markup}"}
        )
        # Characters that no text has are not taken out in silence where a person can be told.
        assert answer.status_code == (200 if "\x00" in markup else 302), ascii(markup)
        assert hostile_markup.faults(stored(article).body) == [], markup


def test_hostile_words_in_every_field_are_shown_as_text(admin_lan: User) -> None:
    attack = "\"><script>alert(1)</script><img src=x onerror='alert(1)'>"
    article = make_article(title=attack, lead=attack, author=attack, source=attack)
    make_photo(article, caption=attack, alt=attack)
    article.title += "2"
    article.save()
    lan = signed_in(admin_lan)
    version = Article.history.filter(id=article.pk).last()
    assert version is not None
    for url in (change(article), LIST, history(article), history(article, version.history_id)):
        tree = page(lan, url)
        assert [e for e in tree.iter() if e.get("onerror")] == [], url
        assert not any("alert(1)" in words_of(e) for e in tree.iter("script")), url


def test_fault_is_named_beside_its_field_and_what_was_typed_stays(editor_minh: User) -> None:
    minh = signed_in(editor_minh)
    typed = words(title="", lead="Mở đầu đã gõ", body="<p>Thân đã gõ</p>", author="\u202eLê")
    answer = minh.post(ADD, typed)
    assert answer.status_code == 200
    tree = parse(answer.content)
    assert set(answer.context["adminform"].form.errors) == {"title", "author"}
    assert len(by_class(tree, "errorlist")) == 2
    kept = form_values(tree)
    assert (kept["lead"], kept["body"]) == ("Mở đầu đã gõ", "<p>Thân đã gõ</p>")
    assert not Article.objects.exists()


@pytest.mark.parametrize(
    "field", ["status", "status_by", "slug", "version", "public_id", "import_key"]
)
def test_fields_that_are_not_offered_cannot_be_sent(
    field: str, editor_minh: User, admin_lan: User
) -> None:
    article = make_article()
    minh = signed_in(editor_minh)
    before = row(article)
    value = {"status": "published", "status_by": admin_lan.pk}.get(field, "9")
    assert minh.post(change(article), {**opened(minh, article), field: value}).status_code == 302
    after = row(article)
    assert {key for key in after if after[key] != before[key]} == {"version", "updated_at"}


# Rights


def test_published_article_is_read_only_for_whoever_may_not_publish(editor_minh: User) -> None:
    article = make_published()
    make_photo(article)
    minh = signed_in(editor_minh)
    tree = page(minh, change(article))
    assert not {"title", "body", "_save"} & {e.get("name") for e in tree.iter()}
    form = words(title="Lén sửa", seen_version=article.version)
    before = all_rows()
    assert minh.post(change(article), form).status_code == 403
    assert all_rows() == before


def test_nobody_gets_past_the_version_check_to_a_published_article(editor_minh: User) -> None:
    article = make_published()
    minh = signed_in(editor_minh)
    before = all_rows()
    for seen in ("", "0", str(article.version + 1), "abc"):
        answer = minh.post(change(article), words(title="Lén sửa", seen_version=seen))
        assert answer.status_code == 200
    assert minh.post(change(article), words(title="Lén sửa")).status_code == 403
    version = Article.history.get(id=article.pk).history_id
    assert minh.post(history(article, version), {"seen_version": "0"}).status_code == 403
    assert all_rows() == before


def test_an_article_published_between_check_and_save_is_not_written(
    editor_minh: User, rf: RequestFactory
) -> None:
    article = make_published()
    request = rf.post(change(article))
    request.user = editor_minh
    article.title = "Lén sửa"
    with pytest.raises(PermissionDenied):
        site.get_model_admin(Article).save_model(request, article, ArticleForm(), change=True)
    assert stored(article).title != "Lén sửa"


def test_what_was_published_is_not_deleted_not_even_by_the_administrator(admin_lan: User) -> None:
    published = make_published()
    cleared = make_published()
    actions.withdraw_article(cleared, by=None)
    actions.return_article(cleared, by=None)
    again = stored(cleared)
    again.publish_at = None
    again.save()
    lan = signed_in(admin_lan)
    for article in (published, cleared):
        answer = lan.post(reverse("admin:news_article_delete", args=[article.pk]), {"post": "yes"})
        assert answer.status_code == 403
    assert set(Article.objects.all()) == {published, cleared}


def test_draft_may_be_deleted_even_if_a_time_was_planned(editor_minh: User) -> None:
    draft = make_article(publish_at=timezone.now())
    make_photo(draft)
    answer = signed_in(editor_minh).post(
        reverse("admin:news_article_delete", args=[draft.pk]), {"post": "yes"}
    )
    assert answer.status_code == 302
    assert not Article.objects.exists()
    last = Article.history.filter(id=draft.pk).first()
    assert last is not None
    assert (last.history_type, last.history_user) == ("-", editor_minh)


def test_category_with_articles_is_not_deleted(admin_lan: User) -> None:
    article = make_article()
    lan = signed_in(admin_lan)
    url = reverse("admin:news_category_delete", args=[article.category.pk])
    assert lan.post(url, {"post": "yes"}).status_code == 403
    assert Category.objects.filter(pk=article.category.pk).exists()


def test_category_with_a_taken_address_is_refused_beside_its_field(admin_lan: User) -> None:
    make_category(name="Gương sáng")
    answer = signed_in(admin_lan).post(
        "/quan-tri/news/category/add/", {"name": "Guong sang", "slug": "", "position": "1"}
    )
    assert answer.status_code == 200
    assert set(answer.context["adminform"].form.errors) == {"slug"}
    assert Category.objects.count() == 1


@pytest.mark.parametrize("permissions", [[], ["view_category"]])
def test_person_without_rights_in_the_news_sees_nothing_of_them(permissions: list[str]) -> None:
    article = make_article()
    user = User.objects.create_user("la", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    stranger = signed_in(user)
    version = Article.history.get(id=article.pk).history_id
    for url in (LIST, ADD, change(article), history(article), history(article, version)):
        assert stranger.get(url).status_code == 403, url
        assert Client().get(url).status_code == 302, url


# Lists


def test_article_is_found_without_diacritics(admin_lan: User) -> None:
    make_article(title="Đặng Thị Lan")
    make_article(title="Lê Ân")
    lan = signed_in(admin_lan)
    for query in ("dang lan", "ĐẶNG", "đa\u0323\u0306ng", "đặng, thị"):
        found = lan.get(LIST, {"q": query}).context["cl"].result_list
        assert [article.title for article in found] == ["Đặng Thị Lan"], query
    assert len(lan.get(LIST, {"q": "%"}).context["cl"].result_list) in (0, 2)


def test_list_costs_the_same_for_one_article_and_for_a_hundred(
    admin_lan: User, when: datetime
) -> None:
    lan = signed_in(admin_lan)
    make_published(publish_at=when, status_by=admin_lan)
    page(lan, LIST)
    one = count_queries(lan, LIST)
    category = make_category()
    for number in range(99):
        status = list(Article.Status)[number % 4]
        make_published(publish_at=when, status=status, category=category, status_by=admin_lan)
    assert count_queries(lan, LIST) == one
    assert one <= 12
    assert Article.objects.count() == 100


def take(client: Client, action: str, *articles: Article) -> str:
    """Choose articles in the list and an action; the messages that follow."""
    chosen = {"action": action, "_selected_action": [article.pk for article in articles]}
    assert client.post(LIST, chosen).status_code == 302
    return notes(client, LIST)


def test_bulk_publishing_names_those_it_cannot_publish(chief_hoa: User, when: datetime) -> None:
    drafts = [make_article(title=f"Nháp {n}") for n in range(2)]
    published = make_published(title="Đã đăng rồi")
    over = make_article(title="Đã quá hạn", expire_at=when)
    told = take(signed_in(chief_hoa), "publish_selected", *drafts, published, over)
    assert {a.title for a in Article.objects.published()} == {"Nháp 0", "Nháp 1", "Đã đăng rồi"}
    assert "Đã đăng rồi" in told
    assert "Đã quá hạn" in told
    assert "Nháp" not in told
    assert "2" in told
    assert {stored(draft).status_by for draft in drafts} == {chief_hoa}


def test_bulk_withdrawing_names_those_it_cannot_withdraw(chief_hoa: User) -> None:
    published, draft = make_published(title="Đang đăng"), make_article(title="Còn nháp")
    told = take(signed_in(chief_hoa), "withdraw_selected", published, draft)
    assert (stored(published).status, stored(draft).status) == ("withdrawn", "draft")
    assert "Còn nháp" in told
    assert "Đang đăng" not in told


def test_bulk_steps_are_for_those_who_may_publish(editor_minh: User) -> None:
    article, published = make_article(), make_published()
    minh = signed_in(editor_minh)
    for action in ("publish_selected", "withdraw_selected", "delete_selected"):
        chosen = {"action": action, "_selected_action": [article.pk, published.pk]}
        minh.post(LIST, chosen)
    assert (stored(article).status, stored(published).status) == ("draft", "published")
    assert list(page(minh, LIST).iter("option")) == []


def test_nobody_deletes_in_bulk(admin_lan: User) -> None:
    article = make_article()
    lan = signed_in(admin_lan)
    options = {e.get("value") for e in page(lan, LIST).iter("option") if e.get("value")}
    assert {"publish_selected", "withdraw_selected"} == options
    lan.post(LIST, {"action": "delete_selected", "_selected_action": [article.pk], "post": "yes"})
    assert Article.objects.filter(pk=article.pk).exists()


# The page itself


def test_pages_of_the_back_office_are_kept_by_nobody(editor_minh: User) -> None:
    article = make_article()
    minh = signed_in(editor_minh)
    for url in (LIST, ADD, change(article), history(article)):
        answer = minh.get(url)
        assert "no-store" in answer["Cache-Control"]
        assert "'unsafe" not in answer["Content-Security-Policy"]


def test_editor_may_run_only_the_scripts_of_the_portal(editor_minh: User) -> None:
    answer = signed_in(editor_minh).get(ADD)
    tree = parse(answer.content)
    (nonce,) = re.findall(r"'nonce-([^']+)'", answer["Content-Security-Policy"].split(";")[1])
    inline = [
        e for e in tree.iter("script") if not e.get("src") and e.get("type") != "application/json"
    ]
    assert {e.get("nonce") for e in inline} <= {nonce}
    assert len(inline) >= 1
    (body,) = (e for e in tree.iter("textarea") if e.get("name") == "body")
    assert words_of(body) == ""


def test_form_says_since_when_and_by_whom_the_state_is(chief_hoa: User, when: datetime) -> None:
    article = make_published(status_at=when, status_by=chief_hoa)
    (state,) = by_class(page(signed_in(chief_hoa), change(article)), "field-state")
    assert "09:00:00 20/10/2024" in words_of(state)
    assert "Trần Thị Hòa" in words_of(state)


def test_pages_for_planned_articles_are_shown_to_staff_from_the_form(editor_minh: User) -> None:
    article = make_published(publish_at=later(timezone.now(), days=1))
    tree = page(signed_in(editor_minh), change(article))
    (link,) = (e for e in tree.iter("a") if e.get("class") == "viewsitelink")
    followed = signed_in(editor_minh).get(link.get("href", ""), follow=True)
    assert followed.status_code == 200
    assert article.title in followed.content.decode()
