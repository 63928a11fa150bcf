"""Where people are signed in, as an administrator sees and ends it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.test import Client

from accounts.browsers import browser_in_words
from accounts.models import Event, User
from accounts.roles import Role
from branches.models import Office
from tests.accounts.test_sign_in import HOME, PASSWORD, TAKEN, is_in, sign_in
from tests.conftest import signed_in
from tests.news.back_office import notes
from tests.news.helpers import by_class, form_values, page, words_of

LIST = "/quan-tri/accounts/user/"
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/131.0.0.0 Safari/537.36"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Mobile Safari/604.1"


@pytest.fixture
def tam(office: Office) -> User:
    """Tâm of the district's staff, who has a password."""
    return User.objects.create_user("tam", password=PASSWORD, role=Role.DISTRICT_STAFF)


@pytest.fixture
def chief(office: Office) -> User:
    """The district's administrator, who has a password, too."""
    return User.objects.create_user(
        "chanh", full_name="Vũ Chánh", password=PASSWORD, role=Role.DISTRICT_ADMIN
    )


def browser_of(login: str, agent: str = CHROME, address: str = "203.0.113.7") -> Client:
    """A browser in which somebody signed in by the page and opened another."""
    client = Client(headers={"user-agent": agent}, REMOTE_ADDR=address)
    assert sign_in(client, login).status_code == 302
    assert is_in(client)
    return client


def account(user: User) -> str:
    return f"{LIST}{user.pk}/change/"


def shown(client: Client, user: User) -> list[str]:
    """The rows of the table of sessions on the page of an account."""
    [section] = by_class(page(client, account(user)), "sessions")
    return [words_of(row) for row in [*section.iter("tr")][1:]]


def end(client: Client, user: User) -> int:
    return client.post(f"{LIST}{user.pk}/end-sessions/").status_code


@pytest.mark.django_db
def test_account_shows_its_live_sessions_in_words(tam: User, chief: User) -> None:
    with time_machine.travel(TAKEN, tick=False) as clock:
        browser_of("tam")
        clock.shift(timedelta(minutes=20))
        browser_of("tam", SAFARI, "203.0.113.8")
        clock.shift(timedelta(minutes=5))
        at_work = signed_in(chief)
        first, second = shown(at_work, tam)
        assert first.split()[-4:] == ["09:20", "15/05/2024"] * 2
        assert ("Safari" in first, "iPhone" in first, "203.0.113.8" in first) == (True,) * 3
        assert ("Chrome" in second, "Windows" in second, "09:00" in second) == (True,) * 3
        [heading] = [e for e in page(at_work, account(tam)).iter("h2") if e.get("id") == "phien"]
        assert words_of(heading).endswith("(2)")
        clock.shift(timedelta(minutes=36))
        assert len(shown(signed_in(chief), tam)) == 1
        tam.set_password(PASSWORD[::-1])
        tam.save()
        assert shown(signed_in(chief), tam) == []


@pytest.mark.django_db
def test_administrator_ends_all_sessions_of_a_person(tam: User, chief: User) -> None:
    at_work, at_home = browser_of("tam"), browser_of("tam", SAFARI)
    hand = browser_of("chanh", address="203.0.113.9")
    [section] = by_class(page(hand, account(tam)), "sessions")
    [form] = section.iter("form")
    assert hand.post(form.get("action", "")).status_code == 302
    assert "2" in notes(hand, account(tam))
    assert (is_in(at_work), is_in(at_home), is_in(hand)) == (False, False, True)
    assert not UserSession.objects.filter(user=tam).exists()
    assert Session.objects.count() == UserSession.objects.filter(user=chief).count() == 1
    event = Event.objects.get(kind=Event.Kind.SESSIONS_ENDED)
    assert (event.by, event.subject, event.address) == (chief, "tam", "203.0.113.9")
    assert event.detail["sessions"] == 2
    assert end(hand, tam) == 302
    assert Event.objects.filter(kind=Event.Kind.SESSIONS_ENDED).count() == 1


@pytest.mark.django_db
def test_ones_own_browser_at_hand_stays(chief: User) -> None:
    hand, elsewhere = browser_of("chanh"), browser_of("chanh", SAFARI)
    assert end(hand, chief) == 302
    assert (is_in(hand), is_in(elsewhere)) == (True, False)


@pytest.mark.django_db
def test_only_who_may_change_accounts_ends_sessions(
    tam: User, chief: User, admin_lan: User, officer_a: User
) -> None:
    admin_lan.set_password(PASSWORD)
    admin_lan.save()
    people = [browser_of("tam"), browser_of("lan")]
    for role in sorted({*Role} - {Role.DISTRICT_ADMIN, Role.COMMUNE_OFFICER}):
        other = User.objects.create_user(f"khac-{role}", role=role)
        assert end(signed_in(other), tam) == 403
    assert end(signed_in(officer_a), tam) == end(Client(), tam) == 302
    assert end(signed_in(chief), admin_lan) in (403, 404)
    assert signed_in(chief).get(f"{LIST}{tam.pk}/end-sessions/").status_code == 302
    assert [is_in(person) for person in people] == [True, True]
    assert not Event.objects.filter(kind=Event.Kind.SESSIONS_ENDED).exists()


def by_form(chief: User, user: User) -> None:
    hand = signed_in(chief)
    values = form_values(page(hand, account(user)), "user_form")
    del values["is_active"]
    assert hand.post(account(user), values).status_code == 302


def by_save(_chief: User, user: User) -> None:
    user.is_active = False
    user.save()


def by_save_of_one_field(_chief: User, user: User) -> None:
    user.is_active = False
    user.save(update_fields=["is_active"])


@pytest.mark.django_db
@pytest.mark.parametrize("deactivate", [by_form, by_save, by_save_of_one_field])
def test_inactive_account_has_no_session_left(
    deactivate: Callable[[User, User], None], tam: User, chief: User
) -> None:
    at_work, hand = browser_of("tam"), browser_of("chanh")
    key = at_work.session.session_key
    deactivate(chief, tam)
    assert (is_in(at_work), is_in(hand)) == (False, True)
    assert not Session.objects.filter(session_key=key).exists()
    assert not UserSession.objects.filter(user=tam).exists()
    event = Event.objects.get(kind=Event.Kind.SESSIONS_ENDED)
    assert event.by == (chief if deactivate is by_form else None)
    tam.refresh_from_db()
    assert not tam.is_active
    tam.is_active = True
    tam.save()
    assert at_work.get(HOME).status_code == 302


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (CHROME, {"Chrome", "Windows"}),
        (SAFARI, {"Safari", "iPhone"}),
        (f"{CHROME} Edg/131.0.0.0", {"Edge", "Windows"}),
        (f"Mozilla/5.0 (Linux; Android 14) coc_coc_browser/120 {CHROME[-24:]}", {"Cốc", "Android"}),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0", {"Firefox"}),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/17 Safari/605", {"macOS"}),
        ("Máy ở\u202e nhà " + "x" * 99, {"Máy", "nhà"}),
    ],
)
def test_browser_is_called_by_its_name(agent: str, words: set[str]) -> None:
    told = browser_in_words(agent)
    assert words <= set(told.split())
    assert len(told) <= 48
    assert "\u202e" not in told


def test_browser_that_says_nothing_is_unknown() -> None:
    assert browser_in_words("") not in ("", "unknown")
