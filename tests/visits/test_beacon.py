"""What may come to the beacon, and what it and the pages say without a database."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test import Client
from hypothesis import example, given
from hypothesis import strategies as st

from accounts.models import User
from branches.models import Office
from core.keeping import PageStore
from core.shared import begin_anew
from doanhuyen import wsgi
from tests.conftest import signed_in
from tests.core.asking import ask
from tests.news.helpers import parse, words_of
from tests.visits.clock import Clock
from tests.visits.helpers import (
    BEACON,
    PHONE,
    SAME_ORIGIN,
    bot_days,
    days,
    send,
    token,
    view,
)
from visits.counting import Figures
from visits.models import VisitSession

TODAY = date(2024, 5, 15)
OWN = "http://testserver"
WAYS = ["short", "long"]


@pytest.fixture
def way(request: pytest.FixtureRequest) -> Client:
    """A reader on the short way, and one with a dead session on the whole of it."""
    client = Client()
    if request.param == "long":
        client.cookies[django_settings.SESSION_COOKIE_NAME] = "x" * 32
    return client


def test_a_reader_gets_no_cookie_and_no_page_that_varies_by_one(
    clock: Clock, office: Office
) -> None:
    client = Client()
    for answer in (send(token(1), client=client), client.get("/"), client.get("/tin-tuc/")):
        assert answer.status_code == 200
        assert not answer.cookies
        assert "cookie" not in answer.headers.get("Vary", "").lower()
    assert not client.cookies


def test_a_foreign_site_cannot_send_somebody_who_is_signed_in(
    clock: Clock, admin_lan: User
) -> None:
    client = signed_in(admin_lan)
    assert send(client=client, headers={"Origin": "http://evil.example"}).status_code == 403
    assert send(client=client).status_code == 200


@pytest.mark.django_db
@given(st.one_of(st.binary(max_size=1100), st.from_regex(rb"[0-9a-f]{30,34}\Z")))
@example(b"")
@example(b"f" * 32)
@example(b"f" * 1025)
def test_any_bytes_are_counted_or_refused(body: bytes) -> None:
    fits = re.fullmatch(rb"([0-9a-f]{32})?", body) is not None
    expected = 200 if fits else 413 if len(body) > 1024 else 400
    assert send(body).status_code == expected


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "", "a/b"])
@pytest.mark.parametrize("way", WAYS, indirect=True)
def test_the_declared_kind_of_the_body_does_not_matter(
    clock: Clock, way: Client, kind: str
) -> None:
    response = way.generic(
        "POST", BEACON, token(1), kind, headers={"User-Agent": PHONE, **SAME_ORIGIN}
    )
    assert (response.status_code, days()) == (200, {TODAY: 1})


@pytest.mark.parametrize(
    ("length", "statuses"),
    [
        ("", (200, 200)),
        ("abc", (200, 400)),
        ("-5", (200, 400)),
        ("9" * 5000, (200, 413)),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_length_that_is_none_breaks_nothing(
    clock: Clock, length: str, statuses: tuple[int, int]
) -> None:
    """The short way reads as much as it wants; the long one looks at the length first."""
    dead = Client()
    dead.cookies[django_settings.SESSION_COOKIE_NAME] = "x" * 32
    found = []
    for client in (Client(), dead):
        headers = {"User-Agent": PHONE, **SAME_ORIGIN}
        response = client.generic("POST", BEACON, headers=headers, CONTENT_LENGTH=length)
        found.append(response.status_code)
    assert tuple(found) == statuses


# Without a database


@contextmanager
def no_database() -> Iterator[None]:
    """The server of the database is gone, or its file: nobody can connect."""
    connection.close()
    kept = dict(connection.settings_dict)
    nowhere = "/nonexistent"
    gone = {"NAME": f"{nowhere}/x.sqlite3"} if connection.vendor == "sqlite" else {"HOST": nowhere}
    connection.settings_dict.update({**gone, "PORT": ""})
    if connection.vendor == "postgresql":
        connection.settings_dict["OPTIONS"] = {}
    try:
        yield
    finally:
        connection.settings_dict.update(kept)
        connection.close()


@pytest.mark.parametrize("way", WAYS, indirect=True)
@pytest.mark.django_db(transaction=True)
def test_without_a_database_nothing_is_counted_and_nothing_is_claimed(
    office: Office, way: Client
) -> None:
    way.raise_request_exception = False
    assert view(token(1)).counted
    before = days()
    with no_database():
        for body, agent in ((token(1), PHONE), (token(2), PHONE), ("", PHONE), (token(3), "curl")):
            response = send(body, client=way, agent=agent)
            assert response.status_code == 503
            assert response.headers["Retry-After"] == "60"
            assert b"counted" not in response.content
    assert (days(), bot_days(), VisitSession.objects.count()) == (before, {}, 1)
    # It goes on by itself once the database is back.
    assert view(token(2)).counted


@pytest.mark.django_db(transaction=True)
def test_a_kept_page_still_shows_its_block_without_a_database(office: Office) -> None:
    """The store of pages, which stands before everything, answers with the page it has."""
    view(token(1))
    store = PageStore(wsgi.portal)
    first = ask(store, HTTP_HOST="testserver")
    with no_database():
        assert ask(store, HTTP_HOST="testserver") == first
    assert first.status == "200 OK"
    figures = {name: int(shown) for name, shown in block(first.body).items()}
    assert figures == Figures(1, 0, 1, 1, 1)._asdict()


def block(page: bytes) -> dict[str, str]:
    """The numbers that a page shows."""
    elements = parse(page).iter("dd")
    return {e.get("data-figure", ""): words_of(e) for e in elements if e.get("data-figure")}


@pytest.mark.django_db
def test_a_page_shows_the_kept_figures_while_the_counter_is_down(office: Office) -> None:
    view(token(1))
    client = Client()
    shown = block(client.get("/").content)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE visits_visitday RENAME TO visits_lost")
    assert block(client.get("/").content) == shown
    assert shown["total"] == "1"


@pytest.mark.django_db(transaction=True)
def test_a_page_made_anew_says_that_the_counter_is_down(office: Office) -> None:
    client = Client()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE visits_visitday RENAME TO visits_lost")
        try:
            down = client.get("/")
        finally:
            cursor.execute("ALTER TABLE visits_lost RENAME TO visits_visitday")
    assert down.status_code == 200
    assert block(down.content) == {}
    assert "Hiện chưa đọc được số liệu." in down.content.decode()
    begin_anew()
    assert block(client.get("/").content)["total"] == "0"


@pytest.mark.django_db(transaction=True)
def test_a_view_is_stored_whole_or_not_at_all(office: Office) -> None:
    """The browser's row comes first; if its day cannot be counted, it must not stay."""
    client = Client(raise_request_exception=False)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE visits_visitday RENAME TO visits_lost")
        try:
            assert send(token(1), client=client).status_code in (500, 503)
            assert VisitSession.objects.count() == 0
        finally:
            cursor.execute("ALTER TABLE visits_lost RENAME TO visits_visitday")
    assert view(token(1)).counted
