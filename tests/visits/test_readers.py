"""Readers whose session is over, readers without a token, and the salt that hides them."""

import hmac
from datetime import date
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.sessions.models import Session
from django.core.cache import caches
from django.core.management import call_command
from django.test import Client

from accounts.models import User
from branches.models import Office
from tests.conftest import signed_in
from tests.visits.clock import Clock
from tests.visits.helpers import (
    PHONE,
    SAME_ORIGIN,
    days,
    local,
    send,
    token,
    view,
)
from visits.models import VisitSalt, VisitSession

TODAY = date(2024, 5, 15)

# Whose session is over


def test_staff_who_sign_out_are_readers_again(clock: Clock, admin_lan: User) -> None:
    client = signed_in(admin_lan)
    assert not view(token(1), client=client).counted
    assert client.post("/quan-tri/logout/").status_code == 200
    assert view(token(1), client=client).counted
    # Signing in again does not undo it, and does not go on with it either.
    client.force_login(admin_lan)
    clock.move_to(local(2024, 5, 15, 9, 20))
    assert not view(token(1), client=client).counted
    assert VisitSession.objects.get().last_seen == local(2024, 5, 15, 9)
    assert days() == {TODAY: 1}


def spoiled(client: Client, how: str, user: User) -> None:
    """Make the session of a browser worth nothing."""
    if how == "forged":
        client.cookies[django_settings.SESSION_COOKIE_NAME] = "x" * 32
    if how == "broken":
        client.cookies[django_settings.SESSION_COOKIE_NAME] = "\x7f;'--"
    if how == "expired":
        Session.objects.update(expire_date=local(2024, 5, 15, 8, 59))
    if how == "deleted":
        Session.objects.all().delete()
    if how == "new password":
        user.set_password("một mật khẩu khác")
        user.save()
    if how == "inactive":
        User.objects.update(is_active=False)


@pytest.mark.parametrize(
    "how", ["forged", "broken", "expired", "deleted", "new password", "inactive"]
)
def test_a_session_that_is_worth_nothing_makes_a_reader(
    clock: Clock, admin_lan: User, how: str
) -> None:
    client = signed_in(admin_lan)
    spoiled(client, how, admin_lan)
    answer = send(token(1), client=client)
    assert (answer.status_code, answer.json()["counted"]) == (200, True)
    # The token is kept there; without it the next page would begin another visit.
    assert "Clear-Site-Data" not in answer.headers
    assert not view(token(1), client=client).counted
    assert days() == {TODAY: 1}


# Without token


def without(agent: str = PHONE, address: str = "203.0.113.7") -> bool:
    return view(agent=agent, address=address).counted


def test_what_is_stored_can_only_be_made_again_with_the_salt_of_the_day(clock: Clock) -> None:
    without()
    salt = bytes(VisitSalt.objects.get().salt)
    sender = f"203.0.113.7\n{PHONE}".encode()
    assert VisitSession.objects.get().key == hmac.new(salt, sender, "sha256").hexdigest()
    assert (len(salt), len(set(salt)) > 16) == (32, True)


@pytest.mark.parametrize("agent", ["Trình duyệt ả \udc80", "x" * 7000, "a\nb", "\x00"])
def test_strange_names_of_browsers_are_readers_as_well(clock: Clock, agent: str) -> None:
    raw = agent.encode("utf-8", "surrogateescape").decode("latin-1")
    assert [without(raw), without(raw)] == [True, False]


# Behind proxies

CONNECTIONS: list[tuple[int, list[tuple[str, str | None]], int]] = [
    # None is believed: two connections, whatever is told.
    (0, [("10.0.0.1", "198.51.100.1"), ("10.0.0.2", "198.51.100.1")], 2),
    # Ours come and go; who asked them is the same.
    (1, [("10.0.0.1", "198.51.100.1"), ("10.0.0.2", "198.51.100.1")], 1),
    (1, [("10.0.0.1", "198.51.100.1"), ("10.0.0.1", "  198.51.100.1  ")], 1),
    (2, [("10.0.0.1", "198.51.100.1, 10.0.0.8"), ("10.0.0.2", "198.51.100.1, 10.0.0.9")], 1),
    # Fewer entries than proxies, or none: the connection.
    (2, [("10.0.0.1", "198.51.100.1"), ("10.0.0.2", "198.51.100.1")], 2),
    (1, [("10.0.0.1", None), ("10.0.0.1", ""), ("10.0.0.1", " "), ("10.0.0.2", None)], 2),
]


@pytest.mark.parametrize(("trusted", "senders", "readers"), CONNECTIONS)
def test_the_connection_counts_where_no_proxy_of_ours_tells_the_address(
    clock: Clock,
    settings: Any,
    trusted: int,
    senders: list[tuple[str, str | None]],
    readers: int,
) -> None:
    settings.TRUSTED_PROXIES = trusted
    for address, told in senders:
        forwarded = {} if told is None else {"X-Forwarded-For": told}
        view(address=address, headers={**SAME_ORIGIN, **forwarded})
    assert days() == {TODAY: readers}


def test_with_a_token_the_address_does_not_matter(clock: Clock, settings: Any) -> None:
    settings.TRUSTED_PROXIES = 1
    for number in range(5):
        headers = {**SAME_ORIGIN, "X-Forwarded-For": f"198.51.100.{number}"}
        view(token(1), agent=f"{PHONE} {number}", address=f"10.0.0.{number}", headers=headers)
    assert days() == {TODAY: 1}
    assert VisitSalt.objects.count() == 0


# The salt


def test_a_process_that_starts_in_mid_day_knows_the_readers_of_the_others(clock: Clock) -> None:
    assert without()
    caches["process"].clear()
    assert not without()
    assert VisitSalt.objects.count() == 1


def test_the_salt_of_a_day_is_gone_with_the_first_reader_of_the_next(clock: Clock) -> None:
    salts = []
    for day in (15, 16, 20):
        clock.move_to(local(2024, 5, day, 9))
        without()
        salts.append(bytes(VisitSalt.objects.get(day=date(2024, 5, day)).salt))
        assert VisitSalt.objects.count() == 1
    assert len(set(salts)) == 3


def test_cleaning_takes_a_salt_once_its_day_is_over_everywhere_or_has_a_newer(
    clock: Clock,
) -> None:
    without()
    left = []
    for moment in (local(2024, 5, 15, 23, 59), local(2024, 5, 16, 18, 59), local(2024, 5, 16, 19)):
        clock.move_to(moment)
        call_command("clean_visits", verbosity=0)
        left.append(VisitSalt.objects.count())
    assert left == [1, 1, 0]
    VisitSalt.objects.create(day=TODAY, salt=b"0" * 32)
    without()
    call_command("clean_visits", verbosity=0)
    assert VisitSalt.objects.get().day == date(2024, 5, 16)


def test_cleaning_in_mid_day_makes_nobody_new(clock: Clock) -> None:
    assert without()
    call_command("clean_visits", verbosity=0)
    caches["process"].clear()
    assert not without()


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Pacific/Kiritimati"])
def test_cleaning_leaves_the_salt_of_the_day_of_an_office_elsewhere(
    clock: Clock, office: Office, zone: str
) -> None:
    office.time_zone = zone
    office.save()
    for hour in range(24):
        clock.move_to(local(2024, 5, 15, hour))
        without()
        salt = bytes(VisitSalt.objects.latest("day").salt)
        call_command("clean_visits", verbosity=0)
        assert bytes(VisitSalt.objects.get().salt) == salt


def test_the_key_of_a_token_is_no_token(clock: Clock) -> None:
    view(token(7))
    key = VisitSession.objects.get().key
    assert (len(key), token(7) in key) == (64, False)
    assert view(key[:32]).counted
