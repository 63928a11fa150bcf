"""Rules for the whole site: who may open which address, what reading may do."""

import tomllib
from collections.abc import Iterator
from contextlib import suppress
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.apps import apps
from django.conf import settings as site
from django.core.management import call_command
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse
from django.utils.translation import override
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from accounts.models import User
from core.middleware import SignInMiddleware
from tests.conftest import read, signed_in
from tests.factories import make_article, make_photo
from tests.site.pages import fill_portal

FILES = [
    "/robots.txt",
    "/sitemap.xml",
    "/sitemap-chi-doan.xml",
    "/sitemap-cac-chi-doan.xml",
    "/tin-tuc/rss.xml",
    "/tai-khoan/dang-nhap/",
    "/csp-bao-cao/",
]


def patterns(resolver: URLResolver, space: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every address with its name, the namespace before it."""
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from patterns(pattern, f"{pattern.namespace or space}")
        else:
            yield f"{space}:{pattern.name}".lstrip(":"), pattern


def is_public(pattern: URLPattern) -> bool:
    return not getattr(pattern.callback, "login_required", True)


def row_counts() -> dict[str, int]:
    # The log of access grows with each refusal, as it should.
    models = [model for model in apps.get_models() if model._meta.label != "accounts.Event"]
    return {model._meta.label: model._base_manager.count() for model in models}


def test_sign_in_is_required_unless_a_view_says_otherwise() -> None:
    way = site.MIDDLEWARE
    name = f"{SignInMiddleware.__module__}.{SignInMiddleware.__qualname__}"
    assert way.count(name) == 1
    assert way.index(name) > way.index("django.contrib.auth.middleware.AuthenticationMiddleware")


@pytest.mark.django_db
def test_closed_address_leads_to_the_sign_in() -> None:
    names = [name for name, pattern in patterns(get_resolver()) if not is_public(pattern)]
    login = (reverse("account_login"), reverse("admin_login"))
    opened = {}
    for name in names:
        if name in ("admin:None", "admin:app_list", "admin:view_on_site"):
            continue
        guesses: list[list[str]] = [[], ["1"], ["1", "1"], [str(uuid4())]]
        arguments = next((guess for guess in guesses if _reversible(name, guess)), None)
        assert arguments is not None, name
        response = Client().get(reverse(name, args=arguments))
        if response.status_code != 302 or not response["Location"].startswith(login):
            opened[name] = response.status_code
    assert opened == {}
    assert len(names) > 30


def _reversible(name: str, arguments: list[str]) -> bool:
    try:
        return bool(reverse(name, args=arguments))
    except NoReverseMatch:
        return False


@pytest.mark.django_db
def test_reading_writes_nothing() -> None:
    paths = [*fill_portal().values(), *FILES, "/khong-co/", "/healthz", "/readyz"]
    draft = make_article(title="Bản nháp")
    photo = make_photo(draft)
    paths += [draft.get_absolute_url(), photo.file.url, "/quan-tri/"]
    before = row_counts()
    for path in paths:
        for address in (path, f"/en{path}"):
            for answer in (Client().get(address), Client().head(address)):
                assert answer.status_code < 500, address
                read(answer)
    assert row_counts() == before
    assert before["news.Article"] == 16


@pytest.mark.django_db
def test_reading_as_an_administrator_writes_nothing(admin_lan: User) -> None:
    paths = list(fill_portal().values())
    browser = signed_in(admin_lan)
    for model in (
        "branches/office",
        "branches/commune",
        "news/article",
        "news/category",
        "accounts/user",
    ):
        paths += [f"/quan-tri/{model}/", f"/quan-tri/{model}/1/change/", f"/quan-tri/{model}/add/"]
    before = row_counts()
    statuses = {path: browser.get(path).status_code for path in paths}
    assert {path for path, status in statuses.items() if status >= 500} == set()
    assert row_counts() == before


@pytest.mark.django_db
def test_writing_needs_a_token(admin_lan: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(admin_lan)
    before = row_counts()
    paths = [
        "/tai-khoan/dang-nhap/",
        "/quan-tri/logout/",
        "/quan-tri/news/category/add/",
        "/quan-tri/news/article/add/",
        "/quan-tri/accounts/user/add/",
        f"/quan-tri/accounts/user/{admin_lan.pk}/change/",
    ]
    assert {path: strict.post(path).status_code for path in paths} == dict.fromkeys(paths, 403)
    assert row_counts() == before
    assert strict.get("/quan-tri/").status_code == 200


@pytest.mark.django_db
def test_public_pages_take_no_writes() -> None:
    paths = [path.partition("?")[0] for path in fill_portal().values() if path != "/khong-co/"]
    before = row_counts()
    for path in paths:
        statuses = {getattr(Client(), verb)(path).status_code for verb in ("post", "put", "delete")}
        assert statuses == {405}, path
    assert row_counts() == before


@pytest.mark.django_db
def test_anonymous_reader_gets_no_cookie_and_one_copy_serves_all() -> None:
    for path in [*fill_portal().values(), *FILES[:5], "/chuyen-muc/phong-trao/rss.xml"]:
        response = Client(headers={"accept-language": "en", "user-agent": "x"}).get(path)
        assert not response.cookies, path
        if response.status_code == 200:
            assert response.get("Vary", "Accept-Encoding") == "Accept-Encoding", path
            assert "no-store" not in response.get("Cache-Control", ""), path


@pytest.mark.django_db
def test_no_migration_is_pending() -> None:
    changes = StringIO()
    with suppress(SystemExit), override("en"):
        call_command("makemigrations", check=True, dry_run=True, stdout=changes)
    assert changes.getvalue() == "No changes detected\n"
    plan = StringIO()
    call_command("showmigrations", stdout=plan)
    assert "[X]" in plan.getvalue()
    assert "[ ]" not in plan.getvalue()


def test_every_app_of_ours_is_installed_and_named() -> None:
    ours = {"portal", "workspace", "news", "visits", "accounts", "branches", "core"}
    assert ours <= set(site.INSTALLED_APPS)
    for name in ours:
        assert str(apps.get_app_config(name).verbose_name)


def test_models_of_ours_have_a_text_for_each_object() -> None:
    models: list[Any] = [
        model
        for model in apps.get_models()
        if model._meta.app_label in {"portal", "news", "visits", "accounts", "branches", "core"}
        and not model.__name__.startswith("Historical")
    ]
    assert {model._meta.label for model in models} == {
        "accounts.Event",
        "accounts.Invitation",
        "accounts.SignInTry",
        "accounts.User",
        "branches.Branch",
        "branches.Commune",
        "branches.HeadCount",
        "branches.Lineage",
        "branches.MistakeReport",
        "branches.Office",
        "branches.Threshold",
        "news.Address",
        "news.Article",
        "news.Category",
        "news.Photo",
        "visits.VisitAdjustment",
        "visits.VisitBotDay",
        "visits.VisitDay",
        "visits.VisitSalt",
        "visits.VisitSession",
    }
    assert [model for model in models if "__str__" not in model.__dict__] == []


PATHS = ["/", "/tin-tuc/", "/chuyen-muc/", "/luu-tru/", "/tim-kiem/", "/anh/", "/quan-tri/", "/en/"]
QUERIES = ["trang", "tu_khoa", "chuyen_muc", "p", "q", "next", "section"]
any_text = st.text(max_size=20) | st.sampled_from(["\x00", "%00", "\ud800", "../", "9" * 30, "٣"])


class AnyAddressTest(TestCase):
    @settings(max_examples=120)
    @given(
        st.sampled_from(PATHS),
        st.lists(any_text, max_size=3).map("/".join),
        st.dictionaries(st.sampled_from(QUERIES), any_text, max_size=3),
    )
    def test_no_address_that_can_be_typed_breaks_the_portal(
        self, start: str, rest: str, query: dict[str, str]
    ) -> None:
        path = (start + rest).encode("utf-8", "surrogatepass")
        text = urlencode(query, errors="surrogatepass")
        response = Client().get("/", QUERY_STRING=text, PATH_INFO=path.decode("latin-1"))
        read(response)
        assert response.status_code < 500
        assert response["Content-Security-Policy"].startswith("default-src 'none'")


def test_every_app_of_the_project_is_under_the_arrows() -> None:
    config = tomllib.loads((site.BASE_DIR / "pyproject.toml").read_text("utf-8"))
    linter = config["tool"]["importlinter"]
    own = {app.name for app in apps.get_app_configs() if Path(app.path).parent == site.BASE_DIR}
    layers = {name for layer in linter["contracts"][0]["layers"] for name in layer.split(" | ")}
    assert set(linter["root_packages"]) == own | {"doanhuyen"}
    assert layers == own | {"doanhuyen"}
