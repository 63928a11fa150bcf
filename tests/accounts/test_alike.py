"""Whether there is an account: neither the answer tells it nor the work that was done for it."""

import re
from collections.abc import Iterator
from threading import Event as Gate
from typing import Any
from unittest.mock import patch

import pytest
import time_machine
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.adapter import AccountAdapter
from accounts.models import User
from accounts.roles import Role
from accounts.throttle import PER_ACCOUNT
from branches.models import Office
from tests.accounts.test_second_factor import SECRET
from tests.accounts.test_sign_in import LOGIN, PASSWORD, TAKEN
from tests.conftest import mails_sent

pytestmark = pytest.mark.django_db
FORGET = "/tai-khoan/mat-khau/quen/"
WRONG = "sai mật khẩu rồi"
UNKNOWN = ["khong-co", "khong@co.example"]
KNOWN = ["tam", "TAM", "tam@xa.example", "nghi", "nghi@xa.example", "moi", "moi@xa.example"]
# Of one request: the token of the form, the nonce of the scripts, the second, the number of the
# log, and the length, to which what was typed belongs.
OF_THE_REQUEST = re.compile(r"(?<=csrfmiddlewaretoken\" value=\")\w+|(?<=nonce[-=])[\"\w+/=-]+")
ITS_OWN = ("X-Request-ID", "Content-Length", "Expires")
ASKED_FOR_A_LINK = 2
gate = Gate()


class SlowMail(EmailBackend):
    """A mail server that takes a mail when the test lets it."""

    def send_messages(self, messages: Any) -> int:
        assert gate.wait(30)
        return super().send_messages(messages)


class NoMail(EmailBackend):
    """A mail server that is down."""

    def send_messages(self, messages: Any) -> int:
        raise ConnectionRefusedError


@pytest.fixture(autouse=True)
def people(office: Office) -> None:
    """Tâm has a second factor, Nghỉ's account is closed, Mới has not set a password yet."""
    for name in ("tam", "nghi", "moi"):
        User.objects.create_user(
            name, email=f"{name}@xa.example", password=PASSWORD, role=Role.VIEWER
        )
    TOTP.activate(User.objects.get(username="tam"), SECRET)
    User.objects.filter(username="nghi").update(is_active=False)
    new = User.objects.get(username="moi")
    new.set_unusable_password()
    new.save()


@pytest.fixture
def hashed() -> Iterator[list[str]]:
    """What was hashed so far."""
    found: list[str] = []
    encode = MD5PasswordHasher.encode

    def counting(self: MD5PasswordHasher, password: str, salt: str) -> str:
        found.append(password)
        return encode(self, password, salt)

    with patch.object(MD5PasswordHasher, "encode", counting):
        yield found


def told(client: Client, path: str, typed: dict[str, str]) -> tuple[Any, ...]:
    """All that a stranger sees of an answer, but for what he typed himself."""
    response = client.post(path, typed)
    text = response.content.decode()
    headers = {name: value for name, value in response.headers.items() if name not in ITS_OWN}
    cookies = sorted((name, morsel["path"]) for name, morsel in response.cookies.items())
    for value in typed.values():
        text = text.replace(value, "…")
    return (
        response.status_code,
        OF_THE_REQUEST.sub("", text),
        OF_THE_REQUEST.sub("", str(sorted(headers.items()))),
        cookies,
        sorted(client.session.keys()) if client.cookies.get("sessionid") else [],
    )


def try_sign_in(login: str) -> tuple[Any, ...]:
    return told(Client(), LOGIN, {"login": login, "password": WRONG})


def ask_for_link(email: str) -> tuple[Any, ...]:
    return told(Client(), FORGET, {"email": email})


def test_wrong_password_is_answered_alike() -> None:
    answers = {login: try_sign_in(login) for login in [*UNKNOWN, *KNOWN]}
    assert answers[UNKNOWN[0]][0] == 200
    assert "chưa đúng" in answers[UNKNOWN[0]][1]
    assert [login for login in answers if answers[login] != answers[UNKNOWN[0]]] == []


def test_a_blocked_account_is_answered_alike() -> None:
    with time_machine.travel(TAKEN, tick=False):
        first = try_sign_in("tam")
        answers = [
            try_sign_in(login) for login in ("tam", "khong-co") for _try in range(PER_ACCOUNT + 1)
        ]
    assert answers == [first] * len(answers)


@pytest.mark.parametrize("login", [*UNKNOWN, *KNOWN])
def test_a_wrong_password_is_hashed_once(login: str, hashed: list[str]) -> None:
    try_sign_in(login)
    assert len(hashed) == 1


@pytest.mark.parametrize(("known", "unknown"), [("tam", "khong-co"), ("tam@xa.example", "a@b.vn")])
def test_as_much_is_asked_of_the_database(known: str, unknown: str) -> None:
    try_sign_in("ai-do")  # What the process keeps is there now.
    counts = []
    for login in (known, unknown):
        with CaptureQueriesContext(connection) as queries:
            try_sign_in(login)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_link_is_promised_alike(hashed: list[str]) -> None:
    known, closed, unknown = (
        ask_for_link(email) for email in ("tam@xa.example", "nghi@xa.example", "khong@co.example")
    )
    assert known[0] == 302
    assert known == closed == unknown
    assert hashed == []
    assert [message.to for message in mails_sent()] == [["tam@xa.example"]]


def test_for_an_unknown_address_as_much_is_written() -> None:
    render = AccountAdapter.render_mail
    ask_for_link("ai@do.example")  # What the process keeps is there now.
    for email in ("tam@xa.example", "khong@co.example"):
        with (
            CaptureQueriesContext(connection) as queries,
            patch.object(AccountAdapter, "render_mail", autospec=True, side_effect=render) as made,
        ):
            ask_for_link(email)
        assert (len(queries), made.call_count) == (ASKED_FOR_A_LINK, 1), email


def test_a_former_address_opens_nothing() -> None:
    ask_for_link("tam@xa.example")
    link = next(word for word in mails_sent()[0].body.split() if "/dat-lai/" in word)
    User.objects.filter(username="tam").update(email="moi@noi.example")
    assert "đã quá hạn" in Client().get(link, follow=True).content.decode()
    assert ask_for_link("tam@xa.example")[0] == 302
    assert len(mails_sent()) == 1
    right = Client().post(LOGIN, {"login": "tam@xa.example", "password": PASSWORD})
    assert right.status_code == 200


def test_the_promise_does_not_wait_for_the_mail(settings: Any) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.SlowMail"
    gate.clear()
    try:
        answer = ask_for_link("tam@xa.example")
        assert mail.outbox == []
    finally:
        gate.set()
    assert answer == ask_for_link("khong@co.example")
    assert [message.to for message in mails_sent()] == [["tam@xa.example"]]


def test_a_mail_server_that_is_down_tells_nothing(settings: Any, log_lines: Any) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.NoMail"
    assert ask_for_link("tam@xa.example") == ask_for_link("khong@co.example")
    assert mails_sent() == []
    assert [line["level"] for line in log_lines() if "mail" in line["message"]] == ["ERROR"]
