"""History in the back office: every version, compared and restored."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from news import actions
from news.models import Article
from tests.conftest import signed_in, stored
from tests.factories import make_article, make_category, make_photo, make_photo_row
from tests.news import hostile_markup
from tests.news.back_office import ADD, LIST, all_rows, change, history, notes, opened, row, words
from tests.news.helpers import by_class, count_queries, page, words_of

pytestmark = pytest.mark.django_db


def seen(article: Article) -> dict[str, int]:
    """What the page of an earlier version sends along."""
    return {"seen_version": stored(article).version}


def test_history_lists_every_version_with_who_and_when(editor_minh: User, chief_hoa: User) -> None:
    minh = signed_in(editor_minh)
    minh.post(ADD, words(title="Bản một"))
    article = Article.objects.get()
    minh.post(change(article), {**opened(minh, article), "title": "Bản hai"})
    actions.publish_article(article, by=chief_hoa)
    tree = page(minh, history(article))
    rows = Article.history.filter(id=article.pk)
    named = {e.get("href", "") for e in tree.iter("a")}
    assert {history(article, row.history_id) for row in rows} <= named
    text = words_of(tree)
    assert "Lê Văn Minh" in text
    assert "Trần Thị Hòa" in text
    assert rows.count() == 3


def test_earlier_version_is_compared_line_by_line(editor_minh: User) -> None:
    article = make_article(title="Cũ", body="<p>Giữ</p><p>Bỏ đi</p>")
    version = Article.history.get(id=article.pk).history_id
    article.title, article.body = "Mới", "<p>Giữ</p><p>Thêm vào</p>"
    article.save()
    tree = page(signed_in(editor_minh), history(article, version))
    differences = by_class(tree, "difference")
    assert [[words_of(e) for e in d.iter("del")] for d in differences] == [["Cũ"], ["Bỏ đi"]]
    assert [[words_of(e) for e in d.iter("ins")] for d in differences] == [["Mới"], ["Thêm vào"]]


def test_version_is_restored_by_post_and_never_by_get(editor_minh: User) -> None:
    article = make_article(title="Cũ")
    version = Article.history.get(id=article.pk).history_id
    article.title = "Mới"
    article.save()
    minh = signed_in(editor_minh)
    before = all_rows()
    minh.get(history(article, version))
    minh.head(history(article, version))
    assert all_rows() == before
    answer = minh.post(history(article, version), seen(article))
    assert (answer.status_code, answer["Location"]) == (302, change(article))
    assert stored(article).title == "Cũ"
    last = Article.history.filter(id=article.pk).first()
    assert last is not None
    assert last.history_user == editor_minh


def test_restoring_and_saving_need_the_token(editor_minh: User) -> None:
    article = make_article(title="Cũ")
    version = Article.history.get(id=article.pk).history_id
    article.title = "Mới"
    article.save()
    careless = Client(enforce_csrf_checks=True)
    careless.force_login(editor_minh)
    for url in (history(article, version), change(article), ADD, LIST):
        assert careless.post(url, words()).status_code == 403
    assert stored(article).title == "Mới"
    tree = page(careless, history(article, version))
    tokens = [
        e.get("value", "") for e in tree.iter("input") if e.get("name") == "csrfmiddlewaretoken"
    ]
    data = {"csrfmiddlewaretoken": tokens[-1], **seen(article)}
    assert careless.post(history(article, version), data).status_code == 302
    assert stored(article).title == "Cũ"


def test_restoring_sanitises_what_was_planted_in_the_history(editor_minh: User) -> None:
    article = make_article()
    version = Article.history.get(id=article.pk)
    for markup in hostile_markup.storable()[::7]:
        Article.history.filter(pk=version.pk).update(body=f"<p>Chữ</p>{markup}")
        minh = signed_in(editor_minh)
        shown = page(minh, history(article, version.history_id))
        assert not any("alert(1)" in words_of(e) for e in shown.iter("script"))
        minh.post(history(article, version.history_id), seen(article))
        assert hostile_markup.faults(stored(article).body) == [], markup


@pytest.mark.parametrize("bad", [{"title": ""}, {"lead": "\u202e"}])
def test_version_that_cannot_stand_is_refused_with_a_sentence(
    bad: dict[str, Any], editor_minh: User
) -> None:
    article = make_article()
    version = Article.history.get(id=article.pk)
    Article.history.filter(pk=version.pk).update(**bad)
    minh = signed_in(editor_minh)
    before = row(article)
    assert minh.get(history(article, version.history_id)).status_code == 200
    answer = minh.post(history(article, version.history_id), seen(article))
    assert answer["Location"] == history(article, version.history_id)
    assert notes(minh, history(article, version.history_id))
    assert row(article) == before


@pytest.mark.parametrize("version", ["0", "abc", "²", "9" * 30, "9" * 5000, "-1"])
def test_version_that_does_not_exist_is_404(version: str, editor_minh: User) -> None:
    article = make_article()
    minh = signed_in(editor_minh)
    url = f"{history(article)}{version}/"
    assert minh.get(url).status_code == 404
    assert minh.post(url).status_code == 404


def test_version_of_another_article_is_404(editor_minh: User) -> None:
    article, other = make_article(title="Một"), make_article(title="Hai")
    foreign = Article.history.get(id=other.pk).history_id
    minh = signed_in(editor_minh)
    assert minh.post(history(article, foreign)).status_code == 404
    assert minh.get(f"/quan-tri/news/article/abc/history/{foreign}/").status_code == 404
    assert minh.get("/quan-tri/news/article/abc/history/").status_code == 404
    assert stored(article).title == "Một"


def test_only_those_who_may_change_may_restore(editor_minh: User, chief_hoa: User) -> None:
    article = make_article(title="Cũ")
    version = Article.history.get(id=article.pk).history_id
    actions.publish_article(article, by=None)
    article = stored(article)
    article.title = "Mới"
    article.save()
    minh, hoa = signed_in(editor_minh), signed_in(chief_hoa)
    assert "csrfmiddlewaretoken" not in str(
        by_class(page(minh, history(article, version)), "submit-row")
    )
    assert minh.post(history(article, version)).status_code == 403
    assert stored(article).title == "Mới"
    assert hoa.post(history(article, version), seen(article)).status_code == 302
    assert (stored(article).title, stored(article).status) == ("Cũ", "published")


def test_restore_page_sends_the_version_that_it_showed(editor_minh: User) -> None:
    article = make_article(title="Cũ")
    version = Article.history.get(id=article.pk).history_id
    article.title = "Mới"
    article.save()
    minh = signed_in(editor_minh)
    tree = page(minh, history(article, version))
    sent = {e.get("name"): e.get("value") for e in tree.iter("input")}
    assert sent["seen_version"] == str(article.version)
    article.title = "Của người khác"
    article.save()
    minh.post(history(article, version), {"seen_version": sent["seen_version"]})
    assert stored(article).title == "Của người khác"
    assert notes(minh, history(article, version))


def test_history_page_puts_a_removed_photo_back(editor_minh: User, reader_an: User) -> None:
    article = make_article()
    make_photo(article, caption="Ảnh bị xóa").delete()
    minh = signed_in(editor_minh)
    tree = page(minh, history(article))
    [number] = [e.get("value") for e in tree.iter("input") if e.get("name") == "photo"]
    assert "Ảnh bị xóa" in words_of(tree)
    assert signed_in(reader_an).post(history(article), {"photo": number}).status_code != 200
    assert not article.photos.exists()
    assert minh.post(history(article), {"photo": number}).status_code == 302
    assert [photo.caption for photo in article.photos.all()] == ["Ảnh bị xóa"]
    assert minh.post(history(article), {"photo": "x"}).status_code == 404


def save_as(record: Any, person: User) -> None:
    record._history_user = person
    record.save()


def photo_rows(client: Client, article: Article) -> list[str]:
    """The rows of the table of changes of photos."""
    found = by_class(page(client, history(article)), "photo-changes")
    return [words_of(line) for part in found for line in [*part.iter("tr")][1:]]


def test_history_tells_of_the_photos_newest_first(editor_minh: User) -> None:
    article, other = make_article(), make_article()
    make_photo_row(other, caption="Ảnh của bài khác")
    minh = signed_in(editor_minh)
    assert photo_rows(minh, article) == []
    first = make_photo_row(article, caption="Ảnh lúc đầu", alt="Một hàng cây")
    second = make_photo_row(article, caption="Ảnh thứ hai")
    for photo, values in ((first, {"caption": "Ảnh về sau"}), (first, {"alt": "Hai hàng cây"})):
        for name, value in values.items():
            setattr(photo, name, value)
        save_as(photo, editor_minh)
    second.delete()
    removed, described, renamed, added_second, added = photo_rows(minh, article)
    assert "Ảnh thứ hai" in removed
    assert "Một hàng cây → Hai hàng cây" in described
    assert "Ảnh lúc đầu → Ảnh về sau" in renamed
    assert all("Lê Văn Minh" in line for line in (described, renamed))
    assert "Ảnh thứ hai" in added_second
    assert "Ảnh lúc đầu" in added
    assert not any("→" in line for line in (removed, added_second, added))
    assert "Lê Văn Minh" not in added


def test_history_costs_the_same_for_one_version_and_for_many(editor_minh: User) -> None:
    minh = signed_in(editor_minh)
    few, many = make_article(), make_article()
    make_photo_row(few)
    for number in range(30):
        photo = make_photo_row(many, position=number)
        person = User.objects.create_user(f"nguoi{number}")
        photo.caption = f"Ảnh số {number}"
        save_as(photo, person)
        many.category, many.title = make_category(), f"Bản {number}"
        many.status_by, many.status_at = person, timezone.now()
        save_as(many, person)
    page(minh, history(few))
    assert len(photo_rows(minh, many)) == 60
    one = count_queries(minh, history(few))
    assert count_queries(minh, history(many)) == one
    assert one <= 12
