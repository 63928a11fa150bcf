"""How long one stays signed in, and what ends it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.conftest import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("office")]
NOW = datetime(2024, 5, 15, 2, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)


def home(browser: Client) -> int:
    return browser.get(reverse("workspace:home")).status_code


@pytest.mark.parametrize(
    ("person", "idle"), [("officer_a", 12 * HOUR), ("admin_lan", HOUR), ("editor_minh", HOUR)]
)
def test_idle_session_ends_on_the_server(
    person: str, idle: timedelta, request: pytest.FixtureRequest
) -> None:
    user: User = request.getfixturevalue(person)
    with time_machine.travel(NOW, tick=False) as clock:
        browser = signed_in(user)
        assert home(browser) == 200
        clock.shift(idle - SECOND)
        assert home(browser) == 200
        cookie = browser.cookies["sessionid"].value
        clock.shift(idle)
        assert home(browser) == 302
        browser.cookies["sessionid"] = cookie
        assert home(browser) == 302
    assert not Session.objects.filter(session_key=cookie).exists()


@pytest.mark.parametrize(
    ("person", "step", "whole"),
    [("officer_a", 10 * HOUR, 720 * HOUR), ("admin_lan", HOUR / 2, 12 * HOUR)],
)
def test_session_in_use_ends_after_its_whole_time(
    person: str, step: timedelta, whole: timedelta, request: pytest.FixtureRequest
) -> None:
    user: User = request.getfixturevalue(person)
    with time_machine.travel(NOW, tick=False) as clock:
        browser = signed_in(user)
        assert home(browser) == 200
        for _turn in range(whole // step - 1):
            clock.shift(step)
            assert home(browser) == 200
        clock.shift(step)
        assert home(browser) == 302


def test_session_is_written_once_a_minute(officer_a: User) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        browser = signed_in(officer_a)
        home(browser)
        before = Session.objects.get().session_data
        clock.shift(timedelta(seconds=59))
        home(browser)
        assert Session.objects.get().session_data == before
        clock.shift(SECOND)
        home(browser)
        assert Session.objects.get().session_data != before


def test_who_has_no_session_gets_none(office: Any) -> None:
    page = Client().get("/lien-he/")
    assert (page.status_code, [*page.cookies]) == (200, [])
    assert "Cookie" not in page.headers.get("Vary", "")


def test_deactivation_ends_every_session_at_once(officer_a: User) -> None:
    browsers = [signed_in(officer_a), signed_in(officer_a)]
    assert [home(browser) for browser in browsers] == [200, 200]
    officer_a.is_active = False
    officer_a.save()
    assert [home(browser) for browser in browsers] == [302, 302]
