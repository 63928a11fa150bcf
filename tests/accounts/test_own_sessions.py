"""Where people are signed in, as they see and end it themselves."""

from datetime import timedelta

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from accounts.models import Event, User
from accounts.roles import Role
from branches.models import Office
from tests.accounts.test_sessions import CHROME, SAFARI, browser_of
from tests.accounts.test_sign_in import PASSWORD, TAKEN, is_in
from tests.news.helpers import by_class, count_queries, page, words_of

pytestmark = pytest.mark.django_db
SESSIONS = reverse("usersessions_list")
MOST = 12


@pytest.fixture(autouse=True)
def people(office: Office) -> None:
    """Tâm of the district's staff and An, who have passwords."""
    User.objects.create_user("tam", password=PASSWORD, role=Role.DISTRICT_STAFF)
    User.objects.create_user("an", password=PASSWORD, role=Role.VIEWER)


def cards(client: Client) -> list[str]:
    [found] = by_class(page(client, SESSIONS), "sessions")
    return [words_of(card) for card in found.iter("li")]


def sent_by_cards(client: Client) -> list[str]:
    """What the buttons of single sessions send."""
    fields = page(client, SESSIONS).iter("input")
    return [field.get("value", "") for field in fields if field.get("name") == "phien"]


def ended() -> list[Event]:
    return [*Event.objects.filter(kind=Event.Kind.SESSIONS_ENDED)]


def test_live_sessions_are_told_in_words_and_none_of_others() -> None:
    with time_machine.travel(TAKEN, tick=False) as clock:
        browser_of("tam", "Máy đã quên")
        clock.shift(timedelta(minutes=50))
        here = browser_of("tam")
        clock.shift(timedelta(minutes=5))
        browser_of("tam", SAFARI, "203.0.113.8")
        browser_of("an", "Máy của An")
        clock.shift(timedelta(minutes=6))
        first, second = cards(here)
    assert ("Chrome" in first, "Windows" in first, "thiết bị này" in first) == (True,) * 3
    assert ("09:50 15/05/2024" in first, "10:01 15/05/2024" in first) == (True, True)
    assert ("Safari" in second, "iPhone" in second, "203.0.113.8" in second) == (True,) * 3
    assert second.count("09:55 15/05/2024") == 2
    assert "thiết bị này" not in second


def test_no_page_holds_what_opens_a_session() -> None:
    here = browser_of("tam")
    browser_of("tam", SAFARI)
    told = here.get(SESSIONS).content.decode()
    assert Session.objects.count() == 2
    assert [key for key in Session.objects.values_list("pk", flat=True) if key in told] == []


def test_one_session_is_ended_and_the_others_stay() -> None:
    first, second = browser_of("tam", SAFARI), browser_of("tam", "Máy ở nhà")
    here = browser_of("tam", address="203.0.113.9")
    key = first.session.session_key
    number = str(UserSession.objects.get(session_key=key).pk)
    assert number in sent_by_cards(here)
    response = here.post(SESSIONS, {"phien": number})
    assert (response.status_code, response["Location"]) == (302, SESSIONS)
    assert [is_in(client) for client in (first, second, here)] == [False, True, True]
    assert not Session.objects.filter(session_key=key).exists()
    [event] = ended()
    assert event.by is not None
    assert (event.by.username, event.subject, event.address) == ("tam", "tam", "203.0.113.9")
    assert event.detail["sessions"] == 1
    assert here.post(SESSIONS, {"phien": number}, follow=True).status_code == 200
    assert len(ended()) == 1


def test_all_others_are_ended() -> None:
    others = [browser_of("tam", SAFARI), browser_of("tam"), browser_of("tam")]
    here, another = browser_of("tam"), browser_of("an")
    assert len(sent_by_cards(here)) == len(others)
    assert here.post(SESSIONS).status_code == 302
    assert [is_in(client) for client in others] == [False] * len(others)
    assert (is_in(here), is_in(another)) == (True, True)
    assert [event.detail["sessions"] for event in ended()] == [len(others)]
    assert sent_by_cards(here) == []
    assert here.post(SESSIONS).status_code == 302
    assert len(ended()) == 1


def test_what_is_not_ones_own_is_not_ended() -> None:
    here, mine, another = browser_of("tam"), browser_of("tam", SAFARI), browser_of("an")
    keys = [client.session.session_key for client in (another, here)]
    foreign, own = (UserSession.objects.get(session_key=key).pk for key in keys)
    gone = UserSession.objects.order_by("-pk")[0].pk + 1
    for number in (foreign, own, gone, 0, "", "x", "-1", "²", "9" * 18, "9" * 5000):
        assert here.post(SESSIONS, {"phien": number}).status_code == 302
    assert [is_in(client) for client in (here, mine, another)] == [True] * 3
    assert ended() == []


def test_ending_needs_the_token_and_a_person() -> None:
    strict = Client(enforce_csrf_checks=True)
    mine = browser_of("tam", SAFARI)
    strict.force_login(User.objects.get(username="tam"))
    number = UserSession.objects.get(session_key=mine.session.session_key).pk
    for data in ({}, {"phien": str(number)}):
        assert strict.post(SESSIONS, data).status_code == 403
        assert Client().post(SESSIONS, data).status_code == 302
    assert is_in(mine)
    fields = {f.get("name"): f.get("value", "") for f in page(strict, SESSIONS).iter("input")}
    token = fields["csrfmiddlewaretoken"]
    sent = {"phien": str(number), "csrfmiddlewaretoken": token or ""}
    assert strict.post(SESSIONS, sent).status_code == 302
    assert not is_in(mine)


def test_page_costs_the_same_for_one_session_and_for_many() -> None:
    here = browser_of("tam")
    one = count_queries(here, SESSIONS)
    for number in range(1, 20):
        browser_of("tam", CHROME, f"203.0.113.{number}")
    assert len(cards(here)) == 20
    assert count_queries(here, SESSIONS) == one
    assert one <= MOST
