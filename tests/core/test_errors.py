"""Error pages: the right status, the portal's look, a reference number, and nothing else."""

from collections.abc import Callable
from typing import Any

import html5lib
import pytest
from django.db import OperationalError
from django.test import Client, RequestFactory
from django.utils.translation import gettext, override
from pytest_django import DjangoAssertNumQueries, Settings

from branches.models import Office
from branches.models.office import OfficeManager
from core.errors import error_page
from core.logs import request_id
from tests.core.faulty_urls import FAULTS, SECRET

LogLines = Callable[[], list[dict[str, Any]]]
pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.core.faulty_urls")]

EVERY = {**{kind: status for kind, (_error, status) in FAULTS.items()}, "often": 429}
HEADINGS = {
    400: "The request could not be understood",
    403: "You may not open this page",
    404: "There is no such page",
    413: "What you sent is too large",
    429: "Too many requests",
    500: "Something went wrong on our side",
    503: "The portal is being looked after",
}


@pytest.fixture
def browser() -> Client:
    return Client(raise_request_exception=False)


def page_of(response: Any) -> Any:
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    return parser.parse(response.content.decode())


def the_text(page: Any, tag: str) -> str:
    found = list(page.iter(tag))
    assert len(found) == 1, tag
    return "".join(found[0].itertext()).strip()


@pytest.mark.parametrize(("kind", "status"), EVERY.items(), ids=list(EVERY))
def test_error_has_its_page_and_tells_nothing_else(
    kind: str, status: int, browser: Client, office: Office
) -> None:
    response = browser.get(f"/fault/{kind}/?trang=2")
    assert response.status_code == status
    assert response["Cache-Control"] == "no-store"
    assert response["Content-Type"] == "text/html; charset=utf-8"
    page = page_of(response)
    assert the_text(page, "h1") == gettext(HEADINGS[status])
    assert {page.find(f".//{tag}").get("class") for tag in ("header", "footer")} == {
        "site-header",
        "site-footer",
    }
    assert page.find(".//main").get("id") == "noi-dung"
    told = response.content.decode()
    secrets = [SECRET, "geheim", "SELECT", "/srv", "hunter2", "Traceback", "ZeroDivision", ".py"]
    assert [secret for secret in secrets if secret in told] == []
    assert (office.full_name in told) == (status < 500)


@pytest.mark.parametrize(("kind", "status"), EVERY.items(), ids=list(EVERY))
def test_reference_number_is_the_one_in_the_log(
    kind: str, status: int, browser: Client, log_lines: LogLines
) -> None:
    response = browser.get(f"/fault/{kind}/")
    number = the_text(page_of(response), "code")
    assert number == response["X-Request-ID"]
    lines = log_lines()
    assert {line["request_id"] for line in lines} == {number}
    assert [line["status"] for line in lines if line["logger"] == "portal.request"] == [status]
    exceptions = [line["exception"] for line in lines if "exception" in line]
    # Django logs with its trace what broke, and what no honest browser sends.
    assert len(exceptions) == (1 if status >= 500 or kind in ("suspicious", "large") else 0)
    assert all(SECRET in exception for exception in exceptions)


@pytest.mark.parametrize(
    ("kind", "seconds"), [("often", "17"), ("unreachable", "60"), ("cut-off", "60")]
)
def test_sender_is_told_when_to_come_back(kind: str, seconds: str, browser: Client) -> None:
    assert browser.get(f"/fault/{kind}/")["Retry-After"] == seconds
    assert "Retry-After" not in browser.get("/fault/broken/")


def test_database_that_fails_before_the_view_is_503_too(
    browser: Client,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    def fail(_manager: OfficeManager) -> Office:
        raise OperationalError(SECRET)

    monkeypatch.setattr(OfficeManager, "load", fail)
    with django_assert_num_queries(0):
        response = browser.get("/")
    assert response.status_code == 503
    assert response["Retry-After"] == "60"
    assert the_text(page_of(response), "h1") == gettext(HEADINGS[503])
    assert SECRET not in response.content.decode()


def test_address_that_does_not_exist_is_503_while_the_database_fails(
    browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_manager: OfficeManager) -> Office:
        raise OperationalError(SECRET)

    monkeypatch.setattr(OfficeManager, "load", fail)
    response = browser.get("/khong-co/")
    assert response.status_code == 503
    assert the_text(page_of(response), "h1") == gettext(HEADINGS[503])


@pytest.mark.parametrize(("status", "queries"), [(500, 0), (503, 0), (404, 1), (400, 1)])
def test_page_for_a_fault_of_ours_asks_nothing_of_the_database(
    status: int,
    queries: int,
    rf: RequestFactory,
    office: Office,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_num_queries(queries):
        response = error_page(rf.get("/"), status)
    assert response.status_code == status
    assert (str(office) in response.content.decode()) == bool(queries)


@pytest.mark.parametrize("kind", ["broken", "unreachable"])
def test_fault_in_a_view_costs_no_query_but_the_offices_own(
    kind: str, browser: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1) as captured:
        response = browser.get(f"/fault/{kind}/")
    assert response.status_code == FAULTS[kind][1]
    assert "branches_office" in captured.captured_queries[0]["sql"]


def test_missing_token_gets_the_page_and_the_reason_stays_in_the_log(log_lines: LogLines) -> None:
    strict = Client(enforce_csrf_checks=True)
    response = strict.post("/tai-khoan/dang-nhap/", {"login": "lan"})
    assert response.status_code == 403
    assert the_text(page_of(response), "h1") == gettext(HEADINGS[403])
    assert "CSRF" not in response.content.decode()
    failures = [line for line in log_lines() if line["message"] == "csrf failure"]
    assert [line["path"] for line in failures] == ["/tai-khoan/dang-nhap/"]
    assert "cookie" in failures[0]["reason"]


def test_unknown_address_and_unknown_host(browser: Client, office: Office) -> None:
    absent = browser.get("/khong-co-trang-nay/")
    assert (absent.status_code, the_text(page_of(absent), "h1")) == (404, gettext(HEADINGS[404]))
    strange = browser.get("/", headers={"host": "evil.example"})
    assert (strange.status_code, the_text(page_of(strange), "h1")) == (400, gettext(HEADINGS[400]))
    assert "evil.example" not in strange.content.decode()


def test_address_that_looks_like_a_host_gives_no_link_to_it(browser: Client) -> None:
    response = browser.get("/", PATH_INFO="//evil.example/")
    assert response.status_code == 404
    links = [link.get("href") for link in page_of(response).iter("a")]
    assert [href for href in links if href.startswith("//")] == []
    assert any("evil.example" in href for href in links)


def test_page_is_in_the_language_of_the_address(browser: Client) -> None:
    browser.get("/")
    english = page_of(browser.get("/en/fault/broken/"))
    vietnamese = page_of(browser.get("/fault/broken/"))
    assert [page.get("lang") for page in (english, vietnamese)] == ["en", "vi"]
    with override("en"):
        assert the_text(english, "h1") == HEADINGS[500]


def test_refusal_before_the_address_is_read_does_not_take_the_last_readers_language(
    browser: Client,
) -> None:
    assert page_of(browser.get("/en/")).get("lang") == "en"
    refused = browser.post("/", b"", content_type="text/plain", CONTENT_LENGTH="x")
    assert refused.status_code == 400
    assert page_of(refused).get("lang") == "vi"


def test_page_outside_a_request_has_no_reference(rf: RequestFactory, settings: Settings) -> None:
    assert request_id.get() == ""
    page = page_of(error_page(rf.get("/"), 500))
    assert list(page.iter("code")) == []
    assert settings.CSRF_FAILURE_VIEW == "core.errors.csrf_failure"
