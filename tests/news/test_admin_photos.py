"""Photos in the form of an article: one leads, and no file breaks the page."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import User
from news.models import Article, Photo
from tests.conftest import signed_in
from tests.core.hostile_photos import corpus
from tests.factories import image_bytes, make_article, make_photo, make_published
from tests.news.back_office import ADD, change, opened, words
from tests.news.helpers import form_values, parse

pytestmark = pytest.mark.django_db


def with_photos(base: dict[str, Any], *photos: dict[str, Any]) -> dict[str, Any]:
    """The form with new photos after those it has."""
    initial = int(base["photos-INITIAL_FORMS"])
    form = {**base, "photos-TOTAL_FORMS": str(initial + len(photos))}
    for number, photo in enumerate(photos, start=initial):
        form |= {
            f"photos-{number}-{name}": value for name, value in {"position": "0", **photo}.items()
        }
    return form


def upload(data: bytes | None = None, name: str = "anh.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, image_bytes((600, 400)) if data is None else data)


def test_photos_are_added_with_caption_and_alt_text(editor_minh: User) -> None:
    photos = [
        {"file": upload(), "caption": "Một", "alt": "Tả một", "is_lead": "on"},
        {"file": upload(), "caption": "Hai", "alt": "Tả hai", "position": "1"},
    ]
    answer = signed_in(editor_minh).post(ADD, with_photos(words(), *photos))
    assert answer.status_code == 302
    told = Photo.objects.values_list("caption", "alt", "is_lead", "width", "height")
    assert list(told) == [("Một", "Tả một", True, 600, 400), ("Hai", "Tả hai", False, 600, 400)]
    assert {row.history_user for row in Photo.history.all()} == {editor_minh}


def test_two_new_lead_photos_are_refused_beside_the_second(editor_minh: User) -> None:
    photos = [{"file": upload(), "is_lead": "on"}, {"file": upload(), "is_lead": "on"}]
    answer = signed_in(editor_minh).post(ADD, with_photos(words(title="Đã gõ"), *photos))
    assert answer.status_code == 200
    formset = answer.context["inline_admin_formsets"][0].formset
    assert [set(errors) for errors in formset.errors] == [set(), {"is_lead"}]
    assert form_values(parse(answer.content))["title"] == "Đã gõ"
    assert not Article.objects.exists()


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_lead_passes_from_one_photo_to_another_in_one_go(
    order: tuple[int, int], editor_minh: User
) -> None:
    article = make_article()
    made = [make_photo(article, position=n, is_lead=n == order[0]) for n in range(2)]
    minh = signed_in(editor_minh)
    form = opened(minh, article)
    del form[f"photos-{order[0]}-is_lead"]
    answer = minh.post(change(article), {**form, f"photos-{order[1]}-is_lead": "on"})
    assert answer.status_code == 302
    assert Photo.objects.get(is_lead=True) == made[order[1]]
    told = Photo.history.filter(history_type="~").values_list("id", "is_lead")
    assert set(told) == {(made[order[0]].pk, False), (made[order[1]].pk, True)}


def test_a_new_lead_photo_replaces_the_one_deleted_with_it(editor_minh: User) -> None:
    article = make_article()
    make_photo(article, is_lead=True)
    minh = signed_in(editor_minh)
    form = with_photos(opened(minh, article), {"file": upload(), "is_lead": "on"})
    assert minh.post(change(article), {**form, "photos-0-DELETE": "on"}).status_code == 302
    (photo,) = article.photos.all()
    assert (photo.is_lead, photo.width) == (True, 600)


def test_lead_beside_an_unchanged_lead_is_refused(editor_minh: User) -> None:
    article = make_article()
    lead = make_photo(article, is_lead=True)
    minh = signed_in(editor_minh)
    form = with_photos(opened(minh, article), {"file": upload(), "is_lead": "on"})
    assert minh.post(change(article), form).status_code == 200
    assert list(article.photos.all()) == [lead]
    assert article.photos.get().is_lead


def test_photo_without_a_file_is_refused_beside_the_field(editor_minh: User) -> None:
    answer = signed_in(editor_minh).post(ADD, with_photos(words(), {"caption": "Chỉ có chữ"}))
    formset = answer.context["inline_admin_formsets"][0].formset
    assert [set(errors) for errors in formset.errors] == [{"file"}]
    assert not Article.objects.exists()


def test_every_hostile_upload_gets_one_sentence_beside_its_field(editor_minh: User) -> None:
    minh = signed_in(editor_minh)
    bad = [hostile for hostile in corpus().values() if hostile.code]
    for hostile in bad:
        photo = {"file": upload(hostile.data, hostile.name), "caption": "Giữ lời này"}
        answer = minh.post(ADD, with_photos(words(title="Giữ tên này"), photo))
        assert answer.status_code == 200, hostile.name
        formset = answer.context["inline_admin_formsets"][0].formset
        assert [set(errors) for errors in formset.errors] == [{"file"}], hostile.name
        assert len(formset.errors[0]["file"]) == 1, hostile.name
        kept = form_values(parse(answer.content))
        assert (kept["title"], kept["photos-0-caption"]) == ("Giữ tên này", "Giữ lời này")
    assert len(bad) >= 20
    assert not Article.objects.exists()


def test_photo_of_a_published_article_needs_the_right_to_publish(
    editor_minh: User, chief_hoa: User
) -> None:
    article = make_published()
    make_photo(article, caption="Trước")
    minh, hoa = signed_in(editor_minh), signed_in(chief_hoa)
    form = opened(hoa, article)
    assert minh.post(change(article), {**form, "photos-0-caption": "Lén"}).status_code == 403
    assert article.photos.get().caption == "Trước"
    assert hoa.post(change(article), {**form, "photos-0-caption": "Sau"}).status_code == 302
    assert article.photos.get().caption == "Sau"


def test_photo_of_another_article_cannot_be_taken_over(editor_minh: User) -> None:
    article, other = make_article(), make_published()
    mine, foreign = make_photo(article), make_photo(other, caption="Của bài khác")
    minh = signed_in(editor_minh)
    form = {**opened(minh, article), "photos-0-id": str(foreign.pk), "photos-0-caption": "Lấy"}
    minh.post(change(article), form)
    foreign.refresh_from_db()
    assert (foreign.article_id, foreign.caption) == (other.pk, "Của bài khác")
    assert Photo.objects.get(pk=mine.pk).article_id == article.pk


def test_first_photo_leads_if_nobody_chose_one(editor_minh: User) -> None:
    photos = {
        "photos-TOTAL_FORMS": "2",
        "photos-INITIAL_FORMS": "0",
        "photos-0-file": SimpleUploadedFile("mot.jpg", image_bytes()),
        "photos-0-position": "2",
        "photos-1-file": SimpleUploadedFile("hai.jpg", image_bytes()),
        "photos-1-position": "1",
    }
    answer = signed_in(editor_minh).post(ADD, words(**photos))
    assert answer.status_code == 302
    assert list(Photo.objects.order_by("position").values_list("position", "is_lead")) == [
        (1, True),
        (2, False),
    ]
