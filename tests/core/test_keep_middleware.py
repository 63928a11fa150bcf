"""Which pages of the portal are kept, asked through the store and the whole of Django."""

import gzip
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.decorators import login_not_required
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import Client, RequestFactory
from django.urls import path
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from branches.models import Office
from core import keeping
from core.csp import get_nonce
from core.keeping import EXPIRES, PAGE_SECONDS, KeepMiddleware, PageStore
from news.models import Article
from tests.conftest import signed_in
from tests.core import faulty_urls
from tests.core.asking import ZIPPED, Answer, Clock, ask
from tests.factories import make_article, make_photo, make_published
from tests.site.pages import fill_portal

handler400, handler403 = faulty_urls.handler400, faulty_urls.handler403
handler404, handler500 = faulty_urls.handler404, faulty_urls.handler500

pytestmark = pytest.mark.django_db
LOGIN = "/tai-khoan/dang-nhap/"


@pytest.fixture(autouse=True)
def _one_connection() -> Iterator[None]:
    """A request does not end the connection to the database, which the test has begun to use."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def portal() -> PageStore:
    """The portal as the server runs it."""
    return PageStore(WSGIHandler())


def number(answer: Answer) -> str:
    """The number of the request that made the answer."""
    return dict(answer.headers)["X-Request-ID"]


def session(user: User) -> dict[str, str]:
    """What the browser in which `user` is signed in sends."""
    return {"HTTP_COOKIE": f"sessionid={signed_in(user).cookies['sessionid'].value}"}


def assert_not_kept(portal: PageStore, status: int, place: str, **more: Any) -> Answer:
    """Ask twice: both answers are made for their readers, and nothing stays. Return the first."""
    first, second = (ask(portal, place, **more) for _ in range(2))
    assert portal._pages == {}
    assert portal._bytes == 0
    assert number(first) != number(second)
    assert EXPIRES not in dict(first.headers)
    assert first.status.startswith(f"{status} ")
    return first


# What is kept


@pytest.mark.parametrize("form", [{}, ZIPPED], ids=["plain", "packed"])
def test_public_page_from_memory_is_the_page_that_was_made(
    portal: PageStore, form: dict[str, str]
) -> None:
    pages = fill_portal()
    del pages["not found"]
    files = {name: f"/{name}" for name in ("robots.txt", "sitemap.xml", "tin-tuc/rss.xml")}
    for place in {**pages, **files}.values():
        for address in (place, f"/en{place}" if place in pages.values() else place):
            at, _, query = address.partition("?")
            first, again = (ask(portal, at, query, **form) for _ in range(2))
            assert first == again
            direct = ask(portal.application, at, query, **form)
            assert number(direct) != number(first)
            assert _content(first) == _content(direct)


def _content(answer: Answer) -> tuple[Any, ...]:
    """The answer without what differs between two that Django made, and from the store's."""
    headers = dict(answer.headers)
    packed = headers.get("Content-Encoding") == "gzip"
    body = gzip.decompress(answer.body) if packed else answer.body
    assert headers.pop("Content-Length") == str(len(answer.body))
    assert headers.pop("Vary", "Accept-Encoding") == "Accept-Encoding"
    # Django leaves small files as they are.
    headers.pop("Content-Encoding", None)
    etag = headers.pop("ETag").removeprefix("W/")
    del headers["X-Request-ID"], headers[EXPIRES]
    return answer.status, headers, body, etag


def test_kept_page_is_for_everybody(portal: PageStore, office: Office) -> None:
    first = ask(portal)
    headers = dict(first.headers)
    assert headers["Cache-Control"] == "no-cache"
    assert headers["Vary"] == "Accept-Encoding"
    assert "Set-Cookie" not in headers
    others = {
        "HTTP_COOKIE": f"csrftoken={'x' * 32}; messages=x; django_language=en",
        "HTTP_ACCEPT_LANGUAGE": "en",
        "HTTP_USER_AGENT": "Mozilla",
        "HTTP_X_FORWARDED_HOST": "evil.example",
        "HTTP_AUTHORIZATION": "Basic eDp5",
        "HTTP_REFERER": "https://evil.example/",
    }
    for name, value in others.items():
        assert ask(portal, **{name: value}) == first
        # Whoever comes first: the page made for this reader is what the others may have.
        made = ask(portal.application, **{name: value})
        assert _content(made) == _content(first)
        assert "evil" not in str(made)


def test_two_hosts_never_share_a_page(portal: PageStore, office: Office) -> None:
    for host in ("localhost", "127.0.0.1:8080"):
        page = ask(portal, "/robots.txt", HTTP_HOST=host)
        assert f"Sitemap: http://{host}/sitemap.xml".encode() in page.body
    assert_not_kept(PageStore(portal.application), 400, "/robots.txt", HTTP_HOST="evil.example")


# What is not


def test_page_of_a_signed_in_person_is_not_kept(
    portal: PageStore, office: Office, admin_lan: User, reader_an: User
) -> None:
    for user in (admin_lan, reader_an):
        answer = assert_not_kept(portal, 200, "/", **session(user))
        assert dict(answer.headers)["Cache-Control"] == "no-store, private"
    public = ask(portal)
    answer = ask(portal, **session(admin_lan))
    assert number(answer) != number(public)
    assert dict(answer.headers)["Cache-Control"] == "no-store, private"
    assert ask(portal) == public


def test_signed_in_person_sees_a_change_at_once(
    portal: PageStore, office: Office, reader_an: User
) -> None:
    article = make_published(title="Tên cũ")
    cookie = session(reader_an)
    assert ["Tên cũ" in ask(portal, **more).body.decode() for more in ({}, cookie)] == [True] * 2
    Article.objects.filter(pk=article.pk).update(title="Tên mới")
    Office.objects.update(full_name="Đơn vị mới")
    page = ask(portal, **cookie).body.decode()
    assert ("Tên mới" in page, "Tên cũ" in page, "Đơn vị mới" in page) == (True, False, True)


@pytest.mark.parametrize("cookie", ["sessionid={}", "sessionid = {}", "a=b;  sessionid={}"])
def test_draft_that_staff_look_at_is_not_kept(
    cookie: str, portal: PageStore, office: Office, editor_minh: User
) -> None:
    draft = make_article(title="Bản nháp")
    key = signed_in(editor_minh).cookies["sessionid"].value
    place = draft.get_absolute_url()
    seen = assert_not_kept(portal, 200, place, HTTP_COOKIE=cookie.format(key))
    assert "Bản nháp" in seen.body.decode()
    assert_not_kept(portal, 404, place)


@pytest.mark.parametrize("cookie", ["sessionid=made-up", "csrftoken=made-up"])
def test_page_for_a_cookie_that_is_replaced_is_not_kept(
    cookie: str, portal: PageStore, office: Office
) -> None:
    assert_not_kept(portal, 200, "/", HTTP_COOKIE=cookie)


def test_redirect_and_refusal_are_not_kept(portal: PageStore, office: Office) -> None:
    article = make_published(title="Tên cũ")
    old = article.get_absolute_url()
    article.title = "Tên mới"
    article.save()
    moved = assert_not_kept(portal, 301, old)
    assert dict(moved.headers)["Location"] == article.get_absolute_url()
    assert_not_kept(portal, 301, "/lien-he")
    assert_not_kept(portal, 404, "/khong-co/")
    assert_not_kept(portal, 404, "/tin-tuc/", query="trang=99")
    assert_not_kept(portal, 413, "/", CONTENT_LENGTH="99999999999")
    assert_not_kept(portal, 400, "/", CONTENT_LENGTH="x")
    assert ask(portal, "/luot-truy-cap/").status.startswith("405 ")
    assert portal._pages == {}
    assert_not_kept(portal, 302, "/quan-tri/")
    assert_not_kept(portal, 200, "/healthz")
    assert_not_kept(portal, 200, "/readyz")
    assert ask(portal).status == "200 OK"


def test_post_is_not_kept(portal: PageStore, office: Office) -> None:
    page = ask(portal)
    refused = ask(portal, REQUEST_METHOD="POST")
    assert refused.status == "403 Forbidden"
    assert [ask(portal), len(portal._pages)] == [page, 1]


def test_sign_in_page_is_not_kept(portal: PageStore) -> None:
    first = assert_not_kept(portal, 200, LOGIN)
    cookie = dict(first.headers)["Set-Cookie"].strip().partition(";")[0]
    assert cookie.startswith("csrftoken=")
    assert_not_kept(portal, 200, LOGIN, HTTP_COOKIE=cookie)


def test_photos_and_files_are_not_kept(portal: PageStore, office: Office) -> None:
    photo = make_photo(make_published())
    answer = assert_not_kept(portal, 200, photo.file.url)
    assert answer.body.startswith(b"\xff\xd8")
    for place in ("/static/css/portal.css", "/static/khong-co.css"):
        ask(portal, place)
        assert portal._pages == {}


def test_photo_that_the_web_server_sends_is_not_kept(
    portal: PageStore, office: Office, settings: Settings
) -> None:
    settings.MEDIA_ACCEL_URL = "/_anh/"
    photo = make_photo(make_published())
    answer = assert_not_kept(portal, 200, photo.file.url)
    assert dict(answer.headers)["X-Accel-Redirect"].startswith("/_anh/tin/")


@login_not_required
def peculiar(request: HttpRequest, kind: str) -> HttpResponse:
    """Answer as `kind` says."""
    response = HttpResponse(b"page " * 100)
    if kind == "cookie":
        response.set_cookie("seen", "1")
    elif kind == "vary":
        response.headers["Vary"] = "Cookie"
    elif kind == "language":
        response.headers["Vary"] = "Accept-Language"
    elif kind == "control":
        response.headers["Cache-Control"] = "max-age=60"
    elif kind == "nonce":
        response = HttpResponse(f"<script nonce='{get_nonce(request)}'></script>")
    elif kind == "session":
        response.write(str(request.user))
    elif kind == "empty":
        response = HttpResponse()
    elif kind == "created":
        response.status_code = 201
    return response


def closed(request: HttpRequest) -> HttpResponse:
    """A view that does not say who may open it; the sign-in that guards it has been taken away."""
    return HttpResponse(b"page " * 100)


@login_not_required
def streaming(request: HttpRequest) -> StreamingHttpResponse:
    """A page in two pieces."""
    return StreamingHttpResponse(iter([b"page ", b"page"]), headers={"ETag": '"1"'})


urlpatterns = [
    path("peculiar/<kind>/", peculiar),
    path("streaming/", streaming),
    path("closed/", closed),
    *faulty_urls.urlpatterns,
]
with_peculiar_pages = pytest.mark.urls("tests.core.test_keep_middleware")


@with_peculiar_pages
@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("cookie", 200),
        ("vary", 200),
        ("language", 200),
        ("control", 200),
        ("nonce", 200),
        ("session", 200),
        ("empty", 200),
        ("created", 201),
    ],
)
def test_peculiar_answer_is_not_kept(kind: str, status: int, portal: PageStore) -> None:
    assert_not_kept(portal, status, f"/peculiar/{kind}/")
    # Without the peculiarity it is.
    assert ask(portal, "/peculiar/none/") == ask(portal, "/peculiar/none/")
    assert len(portal._pages) == 1


@with_peculiar_pages
def test_streaming_answer_is_not_kept(portal: PageStore) -> None:
    assert assert_not_kept(portal, 200, "/streaming/").body == b"page page"


@with_peculiar_pages
def test_page_that_does_not_say_it_is_public_is_not_kept(settings: Settings) -> None:
    name = "core.middleware.SignInMiddleware"
    settings.MIDDLEWARE = [each for each in settings.MIDDLEWARE if each != name]
    assert_not_kept(PageStore(WSGIHandler()), 200, "/closed/")


@with_peculiar_pages
@pytest.mark.parametrize("kind", [*faulty_urls.FAULTS, "often"])
def test_error_is_not_kept(kind: str, portal: PageStore) -> None:
    status = faulty_urls.FAULTS[kind][1] if kind != "often" else 429
    assert_not_kept(portal, status, f"/fault/{kind}/")


# How long


def pass_through(
    request: HttpRequest, meanwhile: Callable[[], Any] = dict, **state: Any
) -> HttpResponse:
    """Send a request through the middleware alone; something happens while it is answered."""

    def respond(request: HttpRequest) -> HttpResponse:
        meanwhile()
        for name, value in state.items():
            setattr(request, name, value)
        return HttpResponse(headers={"ETag": '"1"', "Content-Security-Policy": ""})

    return KeepMiddleware(respond)(request)


def test_middleware_alone_marks_no_more() -> None:
    """What other parts prevent as well: neither alone is trusted."""
    make = RequestFactory()
    assert EXPIRES in pass_through(make.get("/"), is_public=True)
    assert EXPIRES not in pass_through(make.get("/"))
    assert EXPIRES not in pass_through(make.get("/"), is_public=False)
    assert EXPIRES not in pass_through(make.head("/"), is_public=True)
    assert EXPIRES not in pass_through(make.post("/"), is_public=True)
    make.cookies["sessionid"] = "x"
    assert EXPIRES not in pass_through(make.get("/"), is_public=True)


@pytest.fixture
def keep(monkeypatch: pytest.MonkeyPatch) -> Callable[[float, float], dict[str, str]]:
    """Ask a page that begins at a moment and takes some seconds; return its headers in order."""
    clock = Clock()
    monkeypatch.setattr(keeping, "time", clock)

    def ask_at(start: float, seconds: float) -> dict[str, str]:
        def think() -> None:
            clock.now += seconds

        clock.now = start
        return dict(pass_through(RequestFactory().get("/"), think, is_public=True).items())

    return ask_at


@pytest.mark.parametrize("fraction", [0.0, 0.05, 0.15, 0.5, 0.99])
@pytest.mark.parametrize("seconds", [0.0, 0.7, 9.0])
def test_web_server_keeps_a_page_no_longer_than_the_portal(
    fraction: float, seconds: float, keep: Callable[[float, float], dict[str, str]]
) -> None:
    start = 1_800_000_000 + fraction
    last_second = int(keep(start, seconds)[EXPIRES].removeprefix("@"))
    # It is kept to the end of that second.
    assert PAGE_SECONDS - 1 < last_second + 1 - start <= PAGE_SECONDS


def test_web_server_reads_first_how_long_it_may_keep(
    keep: Callable[[float, float], dict[str, str]],
) -> None:
    names = list(keep(0.0, 0.0))
    assert names.index(EXPIRES) < names.index("Cache-Control")


def test_page_that_ends_at_its_hour_is_made_anew(
    portal: PageStore, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr(keeping, "monotonic", clock)
    article = make_published(title="Sắp hết hạn")
    place = article.get_absolute_url()
    assert ask(portal, place).status == "200 OK"
    Article.objects.update(expire_at=timezone.now() - timedelta(seconds=1))
    clock.now += PAGE_SECONDS
    assert ask(portal, place).status == "404 Not Found"
    assert Client().get(place).status_code == 404
