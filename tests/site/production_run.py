"""Run the portal in production settings, ask it for its pages and print what it answered.

A process of its own (see test_headers.py): settings are read once a process.
"""

import json
import re
import sys
from typing import Any

import django
from django.core.management import call_command

HOST = "portal.example"
PASSWORD = "vườn ươm bí thư 2024"


def told(response: Any) -> dict[str, Any]:
    """What went over the wire."""
    return {
        "status": response.status_code,
        "headers": dict(response.headers),
        "cookies": {name: dict(morsel) for name, morsel in response.cookies.items()},
        "body": response.getvalue().decode("latin-1"),
    }


def prepare() -> tuple[Any, Any]:
    """Make tables, files and one article with a photo; return the article and the photo."""
    call_command("migrate", interactive=False, verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    from accounts.models import User
    from branches.models import Office
    from tests.factories import make_photo, make_published

    Office.objects.create(full_name="Huyện đoàn Thử Nghiệm")
    User.objects.create_superuser("lan", password=PASSWORD)
    article = make_published(title="Đại hội")
    article.title = "Đại hội Đoàn"
    article.save()
    return article, make_photo(article, is_lead=True)


def answers() -> dict[str, Any]:
    """Every kind of answer, by name."""
    article, photo = prepare()
    from django.test import Client

    def browser(**options: Any) -> Client:
        client = Client(raise_request_exception=False, **options)
        client.defaults.update({"wsgi.url_scheme": "http", "HTTP_HOST": HOST})
        client.defaults["HTTP_X_FORWARDED_PROTO"] = "https"
        return client

    reader = browser()
    found = {
        "home": reader.get("/"),
        "english": reader.get("/en/"),
        "article": reader.get(article.get_absolute_url()),
        "list": reader.get("/tin-tuc/"),
        "category": reader.get(article.category.get_absolute_url()),
        "archive": reader.get("/luu-tru/"),
        "month": reader.get("/luu-tru/2024/10/"),
        "search": reader.get("/tim-kiem/?tu_khoa=dai"),
        "contact": reader.get("/lien-he/"),
        "statistics": reader.get("/thong-ke-truy-cap/"),
        "feed": reader.get("/tin-tuc/rss.xml"),
        "sitemap": reader.get("/sitemap.xml"),
        "robots": reader.get("/robots.txt"),
        "photo": reader.get(photo.file.small_url),
        "counted": reader.post(
            "/luot-truy-cap/",
            b"0" * 32,
            content_type="text/plain",
            headers={"sec-fetch-site": "same-origin", "user-agent": "Mozilla/5.0 Chrome/130"},
        ),
        "moved article": reader.get("/tin-tuc/dai-hoi/"),
        "without slash": reader.get("/lien-he"),
        "not found": reader.get("/khong-co/"),
        "strange host": reader.get("/", HTTP_HOST="evil.example"),
        "plain http": reader.get("/", HTTP_X_FORWARDED_PROTO="http"),
        "too large": reader.post("/", b"x", content_type="text/plain", CONTENT_LENGTH="99999999"),
        "no token": browser(enforce_csrf_checks=True).post("/tai-khoan/dang-nhap/", {}),
        "probe": reader.get("/healthz", HTTP_X_FORWARDED_PROTO="http", HTTP_HOST="10.0.0.7"),
        "ready": reader.get("/readyz", HTTP_X_FORWARDED_PROTO="http", HTTP_HOST="10.0.0.7"),
        "sign-in": browser().get("/tai-khoan/dang-nhap/"),
    }
    signed_in = browser()
    form = {"login": "lan", "password": PASSWORD}
    found["signing in"] = signed_in.post("/tai-khoan/dang-nhap/", form)
    found["back office"] = signed_in.get("/tai-khoan/xac-thuc/")
    found["home signed in"] = signed_in.get("/")
    found["signing out"] = signed_in.post("/tai-khoan/dang-xuat/")
    collected = {name: told(response) for name, response in found.items()}
    for address in sorted(linked(collected)):
        collected[address] = told(reader.get(address))
        collected[f"gzip {address}"] = told(reader.get(address, HTTP_ACCEPT_ENCODING="gzip"))
    return collected


def linked(collected: dict[str, Any]) -> set[str]:
    """Static files that the public pages name."""
    pages = "".join(answer["body"] for name, answer in collected.items() if "sign" not in name)
    return {match for match in re.findall(r'"(/static/[^"]+)"', pages) if "/admin/" not in match}


if __name__ == "__main__":
    django.setup()
    from django.conf import settings

    # The machine asks over plain HTTP with a header that says otherwise, as nginx does.
    assert settings.PRODUCTION
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    json.dump(answers(), sys.stdout)
