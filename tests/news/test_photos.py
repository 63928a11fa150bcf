"""Files of photos: public with their article, else for staff alone (IN4)."""

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone

from accounts.models import User
from news.models import Article, Photo
from tests.conftest import later, signed_in
from tests.factories import make_article, make_photo, make_published
from tests.news.helpers import body_of

pytestmark = pytest.mark.django_db
NOW = datetime.fromisoformat("2024-10-20T09:00:00+07:00")
STATES: dict[str, dict[str, Any]] = {
    "draft": {"status": "draft"},
    "in_review": {"status": "in_review"},
    "withdrawn": {"status": "withdrawn"},
    "future": {"publish_at": NOW + timedelta(seconds=1)},
    "expired": {"expire_at": NOW, "publish_at": NOW - timedelta(days=1)},
}


def renditions(photo: Photo) -> list[str]:
    """The address of every file that the photo has on the disk."""
    folder = Path(default_storage.path(str(photo.file.name))).parent
    return [f"/anh/tin/{folder.name}/{path.name}" for path in sorted(folder.iterdir())]


def directives(answer: Any) -> set[str]:
    return {part.strip() for part in answer["Cache-Control"].split(",")}


@time_machine.travel(NOW, tick=False)
@pytest.mark.parametrize("state", STATES)
def test_no_file_of_an_unpublished_article_is_given_to_readers(state: str, reader_an: User) -> None:
    photo = make_photo(make_published(**STATES[state]), is_lead=True)
    files = renditions(photo)
    assert len(files) == 6
    for reader in (Client(), signed_in(reader_an)):
        answers = [reader.get(url) for url in files]
        assert {answer.status_code for answer in answers} == {404}
        assert not any("image/" in answer["Content-Type"] for answer in answers)


@time_machine.travel(NOW, tick=False)
@pytest.mark.parametrize("state", STATES)
def test_staff_see_files_of_unpublished_articles_and_no_cache_keeps_them(
    state: str, editor_minh: User
) -> None:
    photo = make_photo(make_published(**STATES[state]))
    staff = signed_in(editor_minh)
    for url in renditions(photo):
        answer = staff.get(url)
        assert answer.status_code == 200
        assert directives(answer) == {"private", "no-store"}
        assert body_of(answer)


@time_machine.travel(NOW, tick=False)
def test_files_of_a_published_article_are_public(editor_minh: User) -> None:
    photo = make_photo(make_published(publish_at=NOW))
    for url in renditions(photo):
        answer = Client().get(url)
        assert (answer.status_code, directives(answer)) == (200, {"public", "max-age=86400"})
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer["Content-Security-Policy"]
        assert answer["Content-Type"] in ("image/jpeg", "image/webp")
        assert body_of(answer)
        assert not answer.cookies


def test_files_go_and_come_with_their_article(when: datetime) -> None:
    article = make_published(publish_at=when, expire_at=later(when, days=2))
    (url, *_rest) = renditions(make_photo(article))
    for moment, status in [(-1, 404), (0, 200), (1, 200), (2, 404)]:
        with time_machine.travel(later(when, days=moment), tick=False):
            answer = Client().get(url)
            assert answer.status_code == status
            assert body_of(answer)
    Article.objects.update(status="withdrawn", status_at=timezone.now())
    with time_machine.travel(when, tick=False):
        assert Client().get(url).status_code == 404


def test_each_file_follows_its_own_article() -> None:
    public, secret = make_photo(make_published()), make_photo(make_article())
    answers = {url: Client().get(url) for photo in (public, secret) for url in renditions(photo)}
    assert {url for url, a in answers.items() if a.status_code == 200} == set(renditions(public))
    assert all(body_of(answer) for answer in answers.values())


def test_photo_that_was_replaced_or_deleted_is_gone_for_readers() -> None:
    article = make_published()
    photo = make_photo(article)
    old = renditions(photo)
    photo.file = make_photo(make_article()).file.name
    photo.save()
    assert {Client().get(url).status_code for url in old} == {404}
    photo.delete()
    assert {Client().get(url).status_code for url in old} == {404}


def test_names_that_no_file_has_are_404(editor_minh: User) -> None:
    photo = make_photo(make_published())
    token = str(photo.file.name).split("/")[1]
    bad = [
        f"/anh/tin/{token}/481.jpg",
        f"/anh/tin/{token}/1600.png",
        f"/anh/tin/{token}/1600.jpg/",
        f"/anh/tin/{token}/../{token}/1600.jpg",
        f"/anh/tin/{token}/",
        f"/anh/tin/{token[:-1]}/1600.jpg",
        f"/anh/tin/{token.upper()}/1600.jpg",
        "/anh/tin/..%2f..%2fsecret_key",
        "/anh/tin/%00",
        "/anh/",
        "/anh/tin/",
    ]
    for url in bad:
        assert signed_in(editor_minh).get(url).status_code == 404, url
        assert Client().get(url).status_code == 404, url


def test_file_that_the_disk_lost_is_404() -> None:
    photo = make_photo(make_published())
    first, *others = renditions(photo)
    default_storage.delete(first.removeprefix("/anh/"))
    assert Client().get(first).status_code == 404
    assert body_of(Client().get(others[0]))


def test_imported_photo_without_a_file_opens_no_door() -> None:
    article = make_article()
    article.photos.create(original_name="anh.jpg")
    assert Client().get("/anh/tin/anh.jpg").status_code == 404
    assert Client().get("/anh/").status_code == 404


def test_files_of_a_public_page_are_all_readable() -> None:
    article = make_published()
    make_photo(article, is_lead=True)
    content = Client().get(article.get_absolute_url()).content.decode()
    named = set(re.findall(r"/anh/tin/[a-z0-9]+/\d+\.(?:jpg|webp)", content))
    assert named == {url for photo in article.photos.all() for url in renditions(photo)}
    assert all(body_of(Client().get(url)) for url in named)


def test_web_server_is_told_where_the_file_is_only_if_it_may_be_seen(settings: Any) -> None:
    settings.MEDIA_ACCEL_URL = "/_anh/"
    public, secret = make_photo(make_published()), make_photo(make_article())
    answer = Client().get(renditions(public)[0])
    assert answer["X-Accel-Redirect"] == renditions(public)[0].replace("/anh/", "/_anh/")
    refused = Client().get(renditions(secret)[0])
    assert (refused.status_code, "X-Accel-Redirect" in refused.headers) == (404, False)


def test_staff_permission_is_asked_at_every_request(editor_minh: User) -> None:
    url = renditions(make_photo(make_article()))[0]
    staff = signed_in(editor_minh)
    assert body_of(staff.get(url))
    editor_minh.user_permissions.clear()
    assert staff.get(url).status_code == 404
    User.objects.filter(pk=editor_minh.pk).update(is_superuser=True, is_active=False)
    assert staff.get(url).status_code == 404


def test_a_file_costs_few_queries(editor_minh: User, django_assert_max_num_queries: Any) -> None:
    public, secret = make_photo(make_published()), make_photo(make_article())
    with django_assert_max_num_queries(2):
        assert body_of(Client().get(renditions(public)[0]))
    with django_assert_max_num_queries(2):
        assert Client().get(renditions(secret)[0]).status_code == 404
