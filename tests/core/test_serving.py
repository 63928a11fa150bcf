"""How a stored photo is sent, and which row a rendition belongs to."""

import logging
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404
from django.http.response import HttpResponseBase
from pytest_django import Settings

from core.serving import main_names, photo_response
from tests.core.test_photos import registry

# Closing a response ends the request, and with it the connections to the database.
pytestmark = pytest.mark.django_db

TOKEN = "k3" * 13
NAME = f"thu/{TOKEN}/480.webp"


@pytest.fixture(autouse=True)
def media(tmp_path: Path, settings: Settings) -> Path:
    settings.MEDIA_ROOT = tmp_path
    settings.MEDIA_ACCEL_URL = ""
    default_storage.save(NAME, ContentFile(b"pixels"))
    return tmp_path


def body(response: HttpResponseBase) -> bytes:
    assert isinstance(response, FileResponse)
    content = b"".join(response.streaming_content)  # type: ignore[arg-type]
    response.close()
    return content


def test_photo_is_sent_with_headers_that_let_nothing_run() -> None:
    response = photo_response(NAME, public=True)
    assert body(response) == b"pixels"
    headers = dict(response.headers)
    assert headers.pop("Content-Length") == "6"
    assert headers == {
        "Content-Type": "image/webp",
        "Content-Disposition": "inline",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "public, max-age=86400",
    }


def test_photo_of_a_draft_is_kept_by_nobody() -> None:
    response = photo_response(NAME, public=False)
    assert response["Cache-Control"] == "private, no-store"
    assert response["X-Content-Type-Options"] == "nosniff"
    response.close()


@pytest.mark.parametrize("ext", ["jpg", "png"])
def test_type_follows_from_the_name_alone(ext: str) -> None:
    name = default_storage.save(f"thu/{TOKEN}/960.{ext}", ContentFile(b"<script>"))
    response = photo_response(name, public=True)
    assert response["Content-Type"] == {"jpg": "image/jpeg", "png": "image/png"}[ext]
    assert body(response) == b"<script>"


def test_web_server_sends_the_file_where_one_is_set(settings: Settings) -> None:
    settings.MEDIA_ACCEL_URL = "/_anh/"
    response = photo_response(NAME, public=False)
    assert response["X-Accel-Redirect"] == f"/_anh/{NAME}"
    assert response["Content-Type"] == "image/webp"
    assert response["Cache-Control"] == "private, no-store"
    assert response.content == b""  # type: ignore[attr-defined]
    with pytest.raises(Http404):
        photo_response(NAME.replace("480", "481"), public=False)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "../settings.py",
        f"thu/../thu/{TOKEN}/480.webp",
        f"/thu/{TOKEN}/480.webp",
        f"thu/{TOKEN}/480.webp\n",
        f"thu/{TOKEN}/480.webp\x00",
        f"thu/{TOKEN}/480.svg",
        f"thu/{TOKEN}/480.WEBP",
        f"thu/{TOKEN}/٤٨٠.webp",
        "thu/k3/480.webp",
        f"thu/{TOKEN}/.480.part",
        f"thu//{TOKEN}/480.webp",
        f"thu/{TOKEN}/960.webp",
    ],
)
def test_any_other_name_is_not_found(
    name: str, media: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (media / "thu" / TOKEN / "480.svg").write_bytes(b"<svg/>")
    with caplog.at_level(logging.WARNING), pytest.raises(Http404):
        photo_response(name, public=True)
    assert not caplog.records
    if "960" not in name:
        assert main_names(name) == []


def test_rendition_belongs_to_the_row_with_the_largest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.photos.apps", registry)
    main = f"thu/{TOKEN}/1600.jpg"
    assert main_names(f"thu/{TOKEN}/480.webp") == [main]
    assert main_names(f"thu/{TOKEN}/960.jpg") == [main]
    assert main_names(main) == [main]
    assert main_names(f"dau/{TOKEN}/96.webp") == [f"dau/{TOKEN}/192.png"]
    assert main_names(f"thu/{TOKEN}/96.webp") == []
    assert main_names(f"dau/{TOKEN}/96.jpg") == []
    assert main_names(f"khac/{TOKEN}/480.webp") == []
