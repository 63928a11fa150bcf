"""Limits, headers and language of every request."""

from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone, translation
from pytest_django import Settings

from accounts.models import User
from branches.models import Office
from core.middleware import HEADERS
from tests.conftest import read, signed_in
from tests.factories import make_category, make_photo, make_published

LogLines = Callable[[], list[dict[str, Any]]]
pytestmark = pytest.mark.django_db
LOGIN = "/tai-khoan/dang-nhap/"


class Untouched(BytesIO):
    """A body that must not be read."""

    def read(self, size: int | None = -1, /) -> bytes:
        raise AssertionError("the body was read")


def post_body(body: bytes, **headers: Any) -> Any:
    return Client().post(LOGIN, body, content_type="application/x-www-form-urlencoded", **headers)


# Limits


@pytest.mark.parametrize(("number", "status"), [(999, 200), (1001, 400)])
def test_too_many_fields_are_refused(number: int, status: int) -> None:
    body = "&".join(f"f{i}=1" for i in range(number)).encode()
    response = post_body(body)
    assert response.status_code == status
    assert response["Content-Type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize(("over", "status"), [(0, 200), (1, 400)])
def test_too_many_files_are_refused(over: int, status: int, settings: Settings) -> None:
    number = settings.DATA_UPLOAD_MAX_NUMBER_FILES + over
    files = {f"f{i}": SimpleUploadedFile(f"{i}.txt", b"x") for i in range(number)}
    response = Client().post(LOGIN, files)
    assert response.status_code == status
    assert settings.DATA_UPLOAD_MAX_NUMBER_FILES < 100


@pytest.mark.parametrize("path", ["/", LOGIN, "/khong-co/", "/csp-bao-cao/"])
def test_body_of_50_megabytes_is_refused_unread(path: str) -> None:
    sent: dict[str, Any] = {
        "CONTENT_LENGTH": str(50 * 1024 * 1024),
        "wsgi.input": Untouched(),
    }
    response = Client().post(path, b"", content_type="multipart/form-data; boundary=x", **sent)
    assert response.status_code == 413
    assert response["Cache-Control"] == "no-store"


def test_largest_allowed_declared_body_is_read_and_one_byte_more_is_not(settings: Settings) -> None:
    settings.REQUEST_MAX_BYTES = 100
    assert post_body(b"a=" + b"x" * 98).status_code == 200
    assert post_body(b"a=" + b"x" * 99).status_code == 413


@pytest.mark.parametrize(
    "length", ["x", "-1", "1e3", "1.5", "+5", " 5", "٣", "0x10", "5,5", "⁵"], ids=ascii
)
def test_length_that_is_no_number_is_refused(length: str) -> None:
    response = post_body(b"a=1", CONTENT_LENGTH=length)
    assert response.status_code == 400
    assert response["Cache-Control"] == "no-store"


@pytest.mark.parametrize("length", ["9" * 19, "9" * 5000])
def test_length_beyond_all_numbers_is_too_large(length: str) -> None:
    assert post_body(b"a=1", CONTENT_LENGTH=length).status_code == 413
    assert post_body(b"", CONTENT_LENGTH="").status_code == 200


def test_form_over_djangos_own_limit_is_too_large(settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    assert post_body(b"a=" + b"x" * 900).status_code == 200
    response = post_body(b"a=" + b"x" * 999)
    assert response.status_code == 413
    assert b"<h1" in response.content


# Headers


def test_every_answer_has_the_fixed_headers(client: Client, office: Office) -> None:
    paths = ["/", "/khong-co/", "/robots.txt", "/static/css/portal.css", LOGIN, "/quan-tri/"]
    for path in paths:
        response = client.get(path)
        read(response)
        assert {name: response.get(name) for name in HEADERS} == HEADERS, path
        assert response["X-Content-Type-Options"] == "nosniff", path
        assert response["Referrer-Policy"] == "strict-origin-when-cross-origin", path
        assert response["Cross-Origin-Opener-Policy"] == "same-origin", path


def test_refused_body_has_the_fixed_headers_too() -> None:
    response = post_body(b"", CONTENT_LENGTH="999999999999")
    assert response.status_code == 413
    assert {name: response[name] for name in HEADERS} == HEADERS
    assert response["X-Content-Type-Options"] == "nosniff"


def test_nothing_is_kept_of_what_a_signed_in_person_sees(admin_lan: User, office: Office) -> None:
    browser = signed_in(admin_lan)
    paths = ["/", "/tin-tuc/", "/quan-tri/", "/quan-tri/branches/office/", "/khong-co/", "/en/"]
    kept = {path: browser.get(path)["Cache-Control"] for path in paths}
    assert {path: value for path, value in kept.items() if "no-store" not in value} == {}
    assert "no-store" not in Client().get("/").get("Cache-Control", "")
    sheet = browser.get("/static/css/portal.css")
    assert "no-store" not in sheet["Cache-Control"]
    assert read(sheet)


def test_signing_out_clears_what_the_browser_holds(admin_lan: User) -> None:
    browser = signed_in(admin_lan)
    assert "Clear-Site-Data" not in browser.get("/quan-tri/")
    response = browser.post("/quan-tri/logout/")
    assert response["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    assert "no-store" in response["Cache-Control"]
    assert browser.get("/quan-tri/").status_code == 302
    assert "Clear-Site-Data" not in Client().get("/")


def test_photo_is_kept_by_shared_caches_even_if_an_editor_asked(admin_lan: User) -> None:
    photo = make_photo(make_published())
    for browser in (Client(), signed_in(admin_lan)):
        response = browser.get(photo.file.url)
        assert response.status_code == 200
        assert response["Cache-Control"] == "public, max-age=86400"
        assert read(response).startswith(b"\xff\xd8")


# Compression


def test_text_is_compressed_and_photos_are_not(office: Office) -> None:
    photo = make_photo(make_published())
    client = Client(headers={"accept-encoding": "gzip"})
    page = client.get("/")
    assert page["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in page["Vary"]
    picture = client.get(photo.file.url)
    assert "Content-Encoding" not in picture
    assert picture["Content-Type"].startswith("image/")
    assert read(picture).startswith(b"\xff\xd8")


@pytest.mark.urls("tests.core.faulty_urls")
@pytest.mark.parametrize(
    ("kind", "compressed"),
    [
        ("text/html", True),
        ("text/plain; charset=utf-8", True),
        ("application/json", True),
        ("application/rss+xml", True),
        ("image/jpeg", False),
        ("application/octet-stream", False),
    ],
)
def test_kind_decides_about_compression(kind: str, compressed: bool) -> None:
    client = Client(headers={"accept-encoding": "gzip"})
    response = client.get("/fault/none/", {"type": kind})
    assert response.get("Content-Encoding") == ("gzip" if compressed else None)
    assert (len(response.content) < 5000) == compressed


def test_page_that_has_not_changed_is_not_sent_again(office: Office) -> None:
    client = Client(headers={"accept-encoding": "gzip"})
    first = client.get("/")
    again = client.get("/", headers={"if-none-match": first["ETag"]})
    assert (first.status_code, again.status_code) == (200, 304)
    assert again.content == b""


# Language


@pytest.mark.parametrize("accepted", ["en", "en-US,en;q=0.9", "vi", "fr", "", "x" * 400])
def test_language_follows_from_the_address_alone(accepted: str, office: Office) -> None:
    client = Client(headers={"accept-language": accepted})
    client.cookies["django_language"] = "en"
    languages = {path: client.get(path)["Content-Language"] for path in ("/", "/en/", "/lien-he/")}
    assert languages == {"/": "vi", "/en/": "en", "/lien-he/": "vi"}
    assert b'<html lang="vi"' in client.get("/").content
    assert b'<html lang="en"' in client.get("/en/").content


def test_page_varies_by_encoding_only(office: Office) -> None:
    for path in ("/", "/en/", "/tin-tuc/", "/lien-he/", "/tim-kiem/"):
        response = Client(headers={"accept-language": "en"}).get(path)
        assert response.get("Vary", "Accept-Encoding") == "Accept-Encoding", path
        assert not response.cookies, path


# Time


@pytest.mark.django_db(transaction=True)
def test_times_are_shown_in_the_zone_of_the_office(client: Client, office: Office) -> None:
    article = make_published(publish_at=datetime(2024, 10, 20, 16, 30, 5, tzinfo=UTC))
    path = article.get_absolute_url()
    assert b"23:30:05 20/10/2024 (GMT+7)" in client.get(path).content
    office.time_zone = "Asia/Tokyo"
    office.save()
    assert b"01:30:05 21/10/2024 (GMT+9)" in client.get(path).content


@pytest.mark.urls("tests.core.faulty_urls")
def test_zone_of_the_office_ends_with_the_request(settings: Settings) -> None:
    Office.objects.create(full_name="Xa", time_zone="Pacific/Auckland")
    Client().get("/fault/none/")
    assert timezone.get_current_timezone_name() == settings.TIME_ZONE == "Asia/Ho_Chi_Minh"
    Client(raise_request_exception=False).get("/fault/broken/")
    assert timezone.get_current_timezone_name() == settings.TIME_ZONE


def test_month_of_the_archive_is_the_local_one(client: Client, office: Office) -> None:
    make_category()
    make_published(title="Khuya", publish_at=datetime(2024, 10, 31, 17, 0, tzinfo=UTC))
    make_published(title="Tối", publish_at=datetime(2024, 10, 31, 16, 59, 59, tzinfo=UTC))
    october = client.get("/luu-tru/2024/10/").content.decode()
    november = client.get("/luu-tru/2024/11/").content.decode()
    assert ("Tối" in october, "Khuya" in october) == (True, False)
    assert ("Tối" in november, "Khuya" in november) == (False, True)


def test_language_is_vietnamese_unless_told(client: Client) -> None:
    client.get("/en/")
    client.get("/robots.txt")
    assert translation.get_language() == "vi"
    assert client.get("/robots.txt")["Content-Language"] == "vi"
