"""The second factor: demanded, used once, unreadable in the database."""

import os
import re
import subprocess
import sys
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.conf import settings as site
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from branches.models import Office
from tests.accounts.test_sign_in import HOME, LOGIN, PASSWORD, TAKEN, is_in, sign_in
from tests.conftest import signed_in
from tests.visits.test_processes import database_url

FACTOR = "/tai-khoan/xac-thuc/"
DATABASE_CACHE = "django.core.cache.backends.db.DatabaseCache"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def tam(office: Office) -> User:
    """Tâm of the district's staff, who has a password."""
    return User.objects.create_user("tam", password=PASSWORD, role=Role.DISTRICT_STAFF)


def code(shift: int = 0) -> str:
    """What the app shows now, or some half minutes earlier or later."""
    counter = int(timezone.now().timestamp()) // 30 + shift
    return str(format_hotp_value(hotp_value(SECRET, counter)))


def enrol(user: User) -> Client:
    """Set up the app in a browser as the person does; return that browser."""
    client = Client()
    sign_in(client)
    page = client.get(f"{FACTOR}ung-dung/bat/")
    if page.status_code == 302:  # Asked for the password again.
        client.post(page["Location"], {"password": PASSWORD})
        page = client.get(f"{FACTOR}ung-dung/bat/")
    session = client.session
    session["mfa.totp.secret"] = SECRET
    session.save()
    assert client.post(f"{FACTOR}ung-dung/bat/", {"code": code()}).status_code == 302
    assert Authenticator.objects.filter(user=user, type="totp").exists()
    return client


def enrol_before(user: User) -> None:
    """Let the code that set up the app be over."""
    with time_machine.travel(timezone.now() - timedelta(seconds=30)):
        enrol(user)


@pytest.mark.django_db
@pytest.mark.parametrize("role", [Role.DISTRICT_ADMIN, Role.DISTRICT_STAFF, Role.VIEWER])
def test_back_office_is_led_to_enrolment(role: str, office: Office, settings: Any) -> None:
    settings.SECOND_FACTOR_REQUIRED = True
    client = signed_in(User.objects.create_user("tam", role=role))
    for path in (HOME, "/quan-tri/", "/quan-tri/news/article/", "/tai-khoan/vai-tro/"):
        response = client.get(path)
        assert (response.status_code, response["Location"]) == (302, FACTOR), path
        assert client.post(path).status_code == 302
    page = client.get(FACTOR)
    assert page.status_code == 200
    assert "cần xác thực hai bước" in page.content.decode()
    assert client.get("/").status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/quan-tri/logout/", "/tai-khoan/dang-xuat/"])
def test_whoever_must_enrol_may_sign_out_instead(path: str, tam: User, settings: Any) -> None:
    settings.SECOND_FACTOR_REQUIRED = True
    client = signed_in(tam)
    key = client.session.session_key
    assert client.post(path).get("Location") != FACTOR
    assert not Session.objects.filter(session_key=key).exists()
    assert client.get(HOME)["Location"].startswith(LOGIN)


@pytest.mark.django_db
def test_superuser_is_led_there_and_officers_are_not(
    office: Office, admin_lan: User, officer_a: User, settings: Any
) -> None:
    settings.SECOND_FACTOR_REQUIRED = True
    assert signed_in(admin_lan).get(HOME)["Location"] == FACTOR
    assert is_in(signed_in(officer_a))


@pytest.mark.django_db
def test_enrolment_opens_everything_and_shows_recovery_codes(tam: User, settings: Any) -> None:
    settings.SECOND_FACTOR_REQUIRED = True
    client = enrol(tam)
    assert is_in(client)
    sheet = client.get(f"{FACTOR}ma-du-phong/").content.decode()
    assert len(re.findall(r"<li><code>", sheet)) == 10


@pytest.mark.django_db
def test_password_alone_opens_nothing_any_more(tam: User) -> None:
    enrol_before(tam)
    client = Client()
    assert sign_in(client)["Location"] == f"{FACTOR}nhap-ma/"
    assert not is_in(client)
    wrong = client.post(f"{FACTOR}nhap-ma/", {"code": "000000"})
    assert wrong.status_code == 200
    # The script looks for the form of a passkey.
    assert "passkey" not in wrong.content.decode()
    assert not is_in(client)
    assert client.post(f"{FACTOR}nhap-ma/", {"code": code()}).status_code == 302
    assert is_in(client)


@pytest.mark.django_db
def test_a_code_works_once(tam: User) -> None:
    enrol_before(tam)
    now = code()
    first, second = Client(), Client()
    for client in (first, second):
        sign_in(client)
        client.post(f"{FACTOR}nhap-ma/", {"code": now})
    assert (is_in(first), is_in(second)) == (True, False)


@pytest.mark.django_db
def test_the_code_that_set_up_the_app_is_used(tam: User) -> None:
    with time_machine.travel(TAKEN, tick=False) as clock:
        enrol(tam)
        client = Client()
        sign_in(client)
        again = client.post(f"{FACTOR}nhap-ma/", {"code": code()})
        assert again.context["form"].errors["code"]
        assert not is_in(client)
        clock.shift(timedelta(seconds=30))
        assert client.post(f"{FACTOR}nhap-ma/", {"code": code()}).status_code == 302
        assert is_in(client)


@pytest.mark.django_db(transaction=True)
def test_a_code_used_there_is_refused_here_and_elsewhere(tam: User, settings: Any) -> None:
    cache = {"BACKEND": DATABASE_CACHE, "LOCATION": "cache_entries"}
    settings.CACHES = {**site.CACHES, "default": cache}
    call_command("createcachetable", verbosity=0)
    TOTP.activate(tam, SECRET)
    script = (
        "import django; django.setup()\n"
        "from allauth.mfa.models import Authenticator\n"
        f"print(Authenticator.objects.get(user_id={tam.pk}, type='totp').wrap()"
        f".validate_code('{code()}'))"
    )
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "doanhuyen.settings",
        "DATABASE_URL": database_url(),
        "SECRET_KEY": site.SECRET_KEY,
        "CACHE_URL": "dbcache://cache_entries",
    }
    said = [
        subprocess.run(
            [sys.executable, "-c", script],
            cwd=site.BASE_DIR,
            env=environment,
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()
        for _process in range(2)
    ]
    assert said == ["True", "False"]
    own = Authenticator.objects.get(user=tam, type="totp").wrap()
    assert not own.validate_code(code())


@pytest.mark.django_db
def test_a_recovery_code_works_once(tam: User) -> None:
    client = enrol(tam)
    sheet = client.get(f"{FACTOR}ma-du-phong/").content.decode()
    spare = re.findall(r"<li><code>(.*?)</code>", sheet)[0]
    first, second = Client(), Client()
    for browser in (first, second):
        sign_in(browser)
        browser.post(f"{FACTOR}nhap-ma/", {"code": spare})
    assert (is_in(first), is_in(second)) == (True, False)


@pytest.mark.django_db
def test_a_copy_of_the_database_holds_no_secret(tam: User) -> None:
    client = enrol(tam)
    sheet = client.get(f"{FACTOR}ma-du-phong/").content.decode()
    spare = re.findall(r"<li><code>(.*?)</code>", sheet)
    dump = StringIO()
    call_command("dumpdata", "mfa", "accounts", stdout=dump)
    assert "totp" in dump.getvalue()
    assert SECRET not in dump.getvalue()
    assert [one for one in spare if one in dump.getvalue()] == []


@pytest.mark.django_db(transaction=True)
def test_setting_up_a_factor_ends_other_sessions(tam: User) -> None:
    elsewhere = Client()
    sign_in(elsewhere)
    assert is_in(elsewhere)
    here = enrol(tam)
    assert (is_in(here), is_in(elsewhere)) == (True, False)


@pytest.mark.django_db
def test_a_factor_is_not_removed_without_the_password(tam: User) -> None:
    enrol(tam)
    client = Client()
    client.force_login(tam)
    response = client.post(f"{FACTOR}ung-dung/tat/")
    assert response.status_code == 302
    assert "xac-nhan" in response["Location"]
    assert Authenticator.objects.filter(user=tam, type="totp").exists()
