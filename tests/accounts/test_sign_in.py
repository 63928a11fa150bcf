"""Signing in and out: one way in, few tries, nothing told to strangers."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch
from urllib.parse import urljoin, urlsplit

import pytest
import time_machine
from django.contrib.auth import authenticate
from django.contrib.auth.hashers import MD5PasswordHasher
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client, RequestFactory
from django.urls import NoReverseMatch, reverse

from accounts.models import SignInTry, User
from accounts.roles import Role
from accounts.throttle import PER_ACCOUNT
from branches.models import Office
from tests.conftest import mails_sent, signed_in

LOGIN = "/tai-khoan/dang-nhap/"
HOME = "/lam-viec/"
PASSWORD = "vườn ươm bí thư chi đoàn"
TAKEN = datetime(2024, 5, 15, 2, 0, tzinfo=UTC)


@pytest.fixture
def tam(office: Office) -> User:
    """Tâm of the district's staff, who has a password."""
    return User.objects.create_user(
        "tam", email="tam@xa.example", password=PASSWORD, role=Role.DISTRICT_STAFF
    )


def sign_in(client: Client, login: str = "tam", password: str = PASSWORD, then: str = "") -> Any:
    return client.post(LOGIN, {"login": login, "password": password, "next": then})


def is_in(client: Client) -> bool:
    return client.get(HOME).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("login", ["tam", "TAM", "tam@xa.example", "Tam@Xa.example"])
def test_name_or_address_and_password_open_the_workspace(login: str, tam: User) -> None:
    client = Client()
    response = sign_in(client, login)
    assert (response.status_code, response["Location"]) == (302, HOME)
    assert is_in(client)


@pytest.mark.django_db
def test_a_long_phrase_with_diacritics_and_spaces_signs_in_unchanged(tam: User) -> None:
    phrase = " Vườn ươm những bí thư chi đoàn của huyện Hồng Sơn, năm 2024 ăâđêôơư "
    assert len(phrase) > 64
    tam.set_password(phrase)
    tam.save()
    assert sign_in(Client(), password=phrase).status_code == 302
    assert sign_in(Client(), password=phrase.strip()).status_code == 200


@pytest.mark.django_db
def test_signing_in_adds_no_version_to_the_history(tam: User) -> None:
    before = tam.history.count()
    sign_in(Client())
    tam.refresh_from_db()
    assert tam.last_login is not None
    assert tam.history.count() == before
    tam.full_name = "Vũ Thị Minh Tâm"
    tam.save(update_fields=["full_name"])
    assert tam.history.count() == before + 1


@pytest.mark.django_db
def test_nobody_signs_up() -> None:
    for name in ("account_signup", "account_signup_by_passkey", "account_email"):
        with pytest.raises(NoReverseMatch):
            reverse(name)
    for path in ("/tai-khoan/dang-ky/", "/tai-khoan/signup/", "/accounts/signup/"):
        assert Client().post(path, {"username": "ai"}).status_code == 404
    assert not User.objects.exists()
    text = Client().get(LOGIN).content.decode()
    assert "signup" not in text


@pytest.mark.django_db
def test_known_and_unknown_accounts_are_answered_alike(tam: User) -> None:
    answers = []
    for login in ("tam", "khong-co", "tam@xa.example", "khong@co.example"):
        response = sign_in(Client(), login, "sai mật khẩu rồi")
        answers.append((response.status_code, response.context["form"].errors))
    assert answers == [answers[0]] * 4
    assert answers[0][0] == 200
    assert "chưa đúng" in str(answers[0][1])


@pytest.mark.django_db
def test_what_was_typed_stays_and_the_password_does_not(tam: User) -> None:
    text = sign_in(Client(), "tam", "sai mật khẩu rồi").content.decode()
    assert 'value="tam"' in text
    assert "sai mật khẩu" not in text


@pytest.mark.django_db
def test_after_five_wrong_tries_the_right_password_waits(tam: User) -> None:
    with time_machine.travel(TAKEN, tick=False) as clock:
        for _try in range(PER_ACCOUNT):
            assert sign_in(Client(), password="sai mật khẩu rồi").status_code == 200
        assert sign_in(Client()).status_code == 200
        hoa = User.objects.create_user("hoa", password=PASSWORD, role=Role.VIEWER)
        assert sign_in(Client(), hoa.username).status_code == 302
        clock.shift(timedelta(minutes=5))
        assert sign_in(Client()).status_code == 302
        assert not SignInTry.objects.filter(tries__gte=PER_ACCOUNT).exists()


@pytest.mark.django_db
def test_a_success_begins_anew(tam: User) -> None:
    for _round in range(3):
        for _try in range(PER_ACCOUNT - 1):
            sign_in(Client(), password="sai mật khẩu rồi")
        assert sign_in(Client()).status_code == 302


BOTH = ("tam", "tam@xa.example", "TAM", "Tam@Xa.example")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("names", [("tam",), ("khong-co",), BOTH], ids=["one", "nobody", "both"])
def test_of_forty_tries_at_once_five_reach_the_hash(names: tuple[str, ...], tam: User) -> None:
    hashed: list[str] = []
    encode = MD5PasswordHasher.encode

    def counting(self: MD5PasswordHasher, password: str, salt: str) -> str:
        hashed.append(password)
        return encode(self, password, salt)

    def one(number: int) -> Any:
        request = RequestFactory().post(LOGIN, REMOTE_ADDR=f"10.0.0.{number}")
        name = names[number % len(names)]
        try:
            return authenticate(request, username=name, password="sai mật khẩu rồi")
        finally:
            connection.close()

    with patch.object(MD5PasswordHasher, "encode", counting), ThreadPoolExecutor(40) as pool:
        found = [*pool.map(one, range(40))]
    assert found == [None] * 40
    assert len(hashed) == PER_ACCOUNT


@pytest.mark.django_db
def test_tries_by_name_and_by_address_count_together(tam: User) -> None:
    with time_machine.travel(TAKEN, tick=False) as clock:
        for number in range(PER_ACCOUNT):
            sign_in(Client(), BOTH[number % 2], "sai mật khẩu rồi")
        for login in BOTH:
            assert sign_in(Client(), login).status_code == 200
        clock.shift(timedelta(minutes=5))
        assert sign_in(Client(), BOTH[1]).status_code == 302
        # The success began anew for both.
        for _try in range(PER_ACCOUNT - 1):
            sign_in(Client(), BOTH[0], "sai mật khẩu rồi")
        assert sign_in(Client(), BOTH[1]).status_code == 302


@pytest.mark.django_db
def test_a_name_that_is_anothers_address_opens_and_blocks_the_own_account_only(tam: User) -> None:
    own = "một mật khẩu hoàn toàn khác"
    twin = User.objects.create_user("tam@xa.example", password=own, role=Role.VIEWER)
    assert twin.pk > tam.pk
    assert sign_in(Client(), "tam@xa.example", PASSWORD).status_code == 200
    client = Client()
    assert sign_in(client, "tam@xa.example", own).status_code == 302
    assert client.session["_auth_user_id"] == str(twin.pk)
    for _try in range(PER_ACCOUNT):
        sign_in(Client(), "tam@xa.example", "sai mật khẩu rồi")
    assert sign_in(Client(), "tam@xa.example", own).status_code == 200
    assert sign_in(Client(), "tam").status_code == 302
    for _try in range(PER_ACCOUNT):
        sign_in(Client(), "tam", "sai mật khẩu rồi")
    assert sign_in(Client(), "tam").status_code == 200
    SignInTry.objects.all().delete()
    assert sign_in(Client(), "tam@xa.example", own).status_code == 302


@pytest.mark.django_db
def test_a_name_that_is_the_number_of_an_account_does_not_block_it(tam: User) -> None:
    for name in (str(tam.pk), f"account:{tam.pk}"):
        for _try in range(PER_ACCOUNT):
            sign_in(Client(), name, "sai mật khẩu rồi")
    assert sign_in(Client()).status_code == 302


@pytest.mark.django_db
def test_session_key_rotates_and_the_old_cookie_dies_with_sign_out(tam: User) -> None:
    client = Client()
    client.get(LOGIN)
    sign_in(client)
    key = client.cookies["sessionid"].value
    thief = Client()
    thief.cookies["sessionid"] = key
    assert is_in(thief)
    assert client.post("/tai-khoan/dang-xuat/").status_code == 302
    assert not is_in(thief)
    assert not Session.objects.filter(session_key=key).exists()
    sign_in(client)
    assert client.cookies["sessionid"].value != key


@pytest.mark.django_db
def test_reading_the_sign_out_page_signs_nobody_out(tam: User) -> None:
    client = signed_in(tam)
    assert client.get("/tai-khoan/dang-xuat/").status_code == 200
    assert is_in(client)


@pytest.mark.django_db
def test_deactivating_ends_the_session_at_once(tam: User) -> None:
    client = Client()
    sign_in(client)
    tam.is_active = False
    tam.save()
    assert not is_in(client)
    again = Client()
    assert sign_in(again)["Location"] == "/tai-khoan/ngung-hoat-dong/"
    assert not is_in(again)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("role", "idle", "whole"),
    [(Role.DISTRICT_STAFF, timedelta(hours=1), timedelta(hours=12))],
)
def test_back_office_session_ends_when_idle_and_after_half_a_day(
    role: str, idle: timedelta, whole: timedelta, tam: User
) -> None:
    check_limits(tam, idle, whole)


@pytest.mark.django_db
def test_officers_session_lasts_longer(office: Office, officer_a: User) -> None:
    officer_a.set_password(PASSWORD)
    officer_a.save()
    check_limits(officer_a, timedelta(hours=12), timedelta(days=30))


def check_limits(user: User, idle: timedelta, whole: timedelta) -> None:
    """The session lives just below both limits, and not at them."""
    second = timedelta(seconds=1)
    with time_machine.travel(TAKEN, tick=False) as clock:
        client = Client()
        sign_in(client, user.username)
        assert is_in(client)
        clock.shift(idle - second)
        assert is_in(client)
        clock.shift(idle)
        assert not is_in(client)
        sign_in(client, user.username)
        began = datetime.now(UTC)
        assert is_in(client)
        while datetime.now(UTC) + idle - second < began + whole:
            clock.shift(idle - second)
            assert is_in(client)
        clock.move_to(began + whole)
        assert not is_in(client)


HOSTILE = [
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "\t//evil.example",
    "/\n/evil.example",
    "https:evil.example",
    "https:/evil.example",
    "https://evil.example",
    "HTTPS://EVIL.EXAMPLE",
    "http://evil.example",
    "//evil.example/lam-viec/",
    "https://testserver@evil.example/",
    "//testserver@evil.example/",
    "https://evil.example#testserver",
    "https://evil.example?testserver",
    "https://testserver.evil.example/",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,x",
    "ftp://evil.example",
    "//[::1]/",
    "https://[evil",
    " //evil.example",
    "\x00//evil.example",
    "%2f%2fevil.example/..//evil.example",
    "http:///evil.example",
    "//\\evil.example",
    "https:\\\\evil.example",
]


@pytest.mark.django_db
@pytest.mark.parametrize("then", HOSTILE)
def test_sign_in_leads_to_no_other_host(then: str, tam: User) -> None:
    for client in (Client(), signed_in(tam)):
        response = sign_in(client, then=then)
        assert response.status_code == 302
        assert urlsplit(urljoin("http://testserver/tai-khoan/", response["Location"]))[:2] == (
            "http",
            "testserver",
        )
        assert "\\" not in response["Location"]
    admin = Client().get("/quan-tri/login/", {"next": then})
    assert admin["Location"].startswith(LOGIN)


@pytest.mark.django_db
def test_sign_in_leads_to_an_own_page(tam: User) -> None:
    assert sign_in(Client(), then="/quan-tri/news/")["Location"] == "/quan-tri/news/"


@pytest.mark.django_db
def test_the_admin_has_no_way_in_of_its_own(tam: User, reader_an: User) -> None:
    first = Client().get("/quan-tri/news/article/")
    assert first["Location"].startswith("/quan-tri/login/") or first["Location"].startswith(LOGIN)
    assert Client().get("/quan-tri/login/?next=/quan-tri/news/")["Location"] == (
        f"{LOGIN}?next=%2Fquan-tri%2Fnews%2F"
    )
    values = {"username": "tam", "password": PASSWORD}
    assert Client().post("/quan-tri/login/", values).status_code == 405
    assert signed_in(reader_an).get("/quan-tri/login/").status_code == 403
    assert signed_in(tam).get("/quan-tri/password_change/")["Location"] == (
        "/tai-khoan/mat-khau/doi/"
    )


@pytest.mark.django_db
def test_reset_answers_alike_and_its_link_works_once(tam: User) -> None:
    forget = "/tai-khoan/mat-khau/quen/"
    known = Client().post(forget, {"email": "tam@xa.example"})
    unknown = Client().post(forget, {"email": "khong@co.example"})
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert [message.to for message in mails_sent()] == [["tam@xa.example"]]
    link = next(word for word in mails_sent()[0].body.split() if "/dat-lai/" in word)
    client = Client()
    page = client.get(link, follow=True)
    new = "một mật khẩu hoàn toàn khác"
    address = page.redirect_chain[-1][0]
    done = client.post(address, {"password1": new, "password2": new})
    assert done.status_code == 302
    assert not is_in(client)
    assert sign_in(Client(), password=new).status_code == 302
    assert "đã quá hạn" in Client().get(link, follow=True).content.decode()


@pytest.mark.django_db
def test_reset_link_expires_after_an_hour(tam: User) -> None:
    with time_machine.travel(TAKEN, tick=False) as clock:
        Client().post("/tai-khoan/mat-khau/quen/", {"email": "tam@xa.example"})
        link = next(word for word in mails_sent()[0].body.split() if "/dat-lai/" in word)
        clock.shift(timedelta(seconds=3601))
        assert "đã quá hạn" in Client().get(link, follow=True).content.decode()


@pytest.mark.django_db
def test_changing_the_password_ends_other_sessions(tam: User) -> None:
    here, elsewhere = Client(), Client()
    sign_in(here)
    sign_in(elsewhere)
    new = "một mật khẩu hoàn toàn khác"
    values = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    assert here.post("/tai-khoan/mat-khau/doi/", values).status_code == 302
    assert (is_in(here), is_in(elsewhere)) == (True, False)
