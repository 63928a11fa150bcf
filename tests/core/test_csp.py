"""The content security policy stands on every answer and allows nothing unsafe."""

import re

import pytest
from django.conf import settings as site
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from accounts.models import User
from branches.models import Office
from core.csp import CSP, ContentSecurityPolicyMiddleware, build_policy, get_nonce
from tests.conftest import read, signed_in
from tests.factories import make_photo, make_published

# What django-prose-editor adds to its page; tests/browser sees whether it still does.
EDITOR_RULES = "'sha256-PlumsSlvJ7vvWzjqibGAYKq92O3y/4JTxWWsWJvyUYA='"
WITHOUT_NONCE = build_policy(site.SECURE_CSP, None)


def directives(policy: str) -> dict[str, list[str]]:
    parts = [part.split() for part in policy.split("; ")]
    return {name: sources for name, *sources in parts}


def test_policy_is_the_whole_of_this() -> None:
    assert directives(WITHOUT_NONCE) == {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'", EDITOR_RULES],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "manifest-src": ["'self'"],
        "report-uri": ["/csp-bao-cao/"],
    }
    assert "unsafe" not in WITHOUT_NONCE
    assert "<" not in WITHOUT_NONCE


def test_nonce_is_added_where_the_settings_ask_for_it() -> None:
    config = {"default-src": [CSP.NONE], "script-src": [CSP.SELF, CSP.NONCE]}
    assert build_policy(config, "abc") == "default-src 'none'; script-src 'self' 'nonce-abc'"
    assert build_policy(config, None) == "default-src 'none'; script-src 'self'"


def test_nonce_is_in_the_header_only_when_printed(rf: RequestFactory) -> None:
    printed: list[str] = []

    def view(request: HttpRequest) -> HttpResponse:
        if request.path == "/printed/":
            printed.extend([str(get_nonce(request)), str(get_nonce(request))])
        return HttpResponse()

    middleware = ContentSecurityPolicyMiddleware(view)
    assert middleware(rf.get("/")).headers["Content-Security-Policy"] == WITHOUT_NONCE
    first = middleware(rf.get("/printed/")).headers["Content-Security-Policy"]
    second = middleware(rf.get("/printed/")).headers["Content-Security-Policy"]
    assert printed[0] == printed[1] != printed[2] == printed[3]
    assert directives(first)["script-src"] == ["'self'", f"'nonce-{printed[0]}'"]
    assert directives(second)["style-src"] == [
        "'self'",
        f"'nonce-{printed[2]}'",
        EDITOR_RULES,
    ]
    assert len(printed[0]) >= 22


def test_policy_of_the_view_itself_stays(rf: RequestFactory) -> None:
    strict = {"Content-Security-Policy": "default-src 'none'; sandbox"}
    middleware = ContentSecurityPolicyMiddleware(lambda request: HttpResponse(headers=strict))
    response = middleware(rf.get("/"))
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert set(response.headers) == {"Content-Type", "Content-Security-Policy"}


@pytest.mark.django_db
@pytest.mark.urls("tests.core.faulty_urls")
def test_every_kind_of_answer_has_the_policy(office: Office, admin_lan: User) -> None:
    article = make_published(title="Đại hội")
    article.title = "Đại hội Đoàn"
    article.save()
    client = Client(raise_request_exception=False)
    answers = {
        "page": client.get("/"),
        "article": client.get(article.get_absolute_url()),
        "moved article": client.get("/tin-tuc/dai-hoi/"),
        "not found": client.get("/khong-co/"),
        "bad request": client.get("/fault/bad/"),
        "strange host": client.get("/", headers={"host": "evil.example"}),
        "too large": client.post("/", b"x", content_type="text/plain", CONTENT_LENGTH="99999999"),
        "too often": client.get("/fault/often/"),
        "denied": client.get("/fault/denied/"),
        "broken": client.get("/fault/broken/"),
        "unreachable": client.get("/fault/unreachable/"),
        "static file": client.get("/static/css/portal.css"),
        "missing static file": client.get("/static/css/none.css"),
        "feed": client.get("/tin-tuc/rss.xml"),
        "sitemap": client.get("/sitemap.xml"),
        "robots": client.get("/robots.txt"),
        "redirect": client.get("/lien-he"),
        "sign-in": client.get("/tai-khoan/dang-nhap/"),
        "closed": client.get("/quan-tri/"),
        "wrong method": client.post("/tin-tuc/"),
        "probe": client.get("/healthz"),
        "ready": client.get("/readyz"),
        "signed in": signed_in(admin_lan).get("/quan-tri/"),
    }
    for answer in answers.values():
        read(answer)
    policies = {name: answer.get("Content-Security-Policy") for name, answer in answers.items()}
    assert {name for name, policy in policies.items() if policy != WITHOUT_NONCE} == set()
    assert {answer.status_code for answer in answers.values()} == {
        200, 301, 302, 400, 403, 404, 405, 413, 429, 500, 503,
    }  # fmt: skip


@pytest.mark.django_db
def test_photo_has_the_stricter_policy_of_a_file(client: Client) -> None:
    photo = make_photo(make_published())
    response = client.get(photo.file.url)
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"
    assert response.getvalue()


@pytest.mark.django_db
def test_import_map_of_the_editor_carries_the_nonce_of_its_page(admin_lan: User) -> None:
    response = signed_in(admin_lan).get("/quan-tri/news/article/add/")
    policy = directives(response["Content-Security-Policy"])
    page = response.content.decode()
    nonces = set(re.findall(r'nonce="([^"]+)"', page))
    assert len(nonces) == 1
    assert policy["script-src"] == ["'self'", f"'nonce-{nonces.pop()}'"]
    # No script or style stands in the page itself but with that nonce.
    inline = re.findall(r"<script(?![^>]*\bsrc=)([^>]*)>", page)
    data = ("application/json", "nonce=")
    assert [tag for tag in inline if not any(mark in tag for mark in data)] == []
    assert re.findall(r"<style|\sstyle=|\son[a-z]+=", page) == []
