"""Accounts: one name field, none in a fresh database, kept in the admin."""

import uuid
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.core.exceptions import FieldDoesNotExist
from django.db import IntegrityError, transaction
from django.test import Client

from accounts.models import User
from tests.conftest import signed_in

pytestmark = pytest.mark.django_db
ADD = "/quan-tri/accounts/user/add/"
LIST = "/quan-tri/accounts/user/"
NEW = {
    "username": "tam",
    "full_name": "Vũ Thị Minh Tâm",
}


def test_fresh_database_has_no_account() -> None:
    assert User.objects.count() == 0
    assert get_user_model() is User


def test_name_stands_in_one_field() -> None:
    user = User.objects.create_user("tam", full_name="Vũ Thị Minh Tâm")
    assert (str(user), user.get_full_name(), user.get_short_name()) == (
        "Vũ Thị Minh Tâm",
        "Vũ Thị Minh Tâm",
        "Tâm",
    )
    for name in ("first_name", "last_name"):
        with pytest.raises(FieldDoesNotExist):
            User._meta.get_field(name)


def test_account_without_a_name_is_called_by_its_user_name() -> None:
    user = User.objects.create_user("quantri")
    assert (str(user), user.get_full_name(), user.get_short_name()) == ("quantri",) * 3
    assert not user.is_staff
    assert not user.has_usable_password()


def test_outside_number_is_unique() -> None:
    first, second = (User.objects.create_user(name) for name in ("a", "b"))
    assert isinstance(first.public_id, uuid.UUID)
    assert first.public_id != second.public_id
    second.public_id = first.public_id
    with pytest.raises(IntegrityError), transaction.atomic():
        second.save()


def test_administrator_adds_an_account_without_a_password(admin_lan: User) -> None:
    browser = signed_in(admin_lan)
    form = browser.get(ADD).content.decode()
    assert {name for name in NEW if f'name="{name}"' not in form} == set()
    response = browser.post(ADD, NEW)
    user = User.objects.get(username="tam")
    assert (response.status_code, response["Location"]) == (302, f"{LIST}{user.pk}/change/")
    assert (user.full_name, user.is_staff, user.is_superuser) == ("Vũ Thị Minh Tâm", False, False)
    assert not user.has_usable_password()


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("ngắn thôi", "password_too_short"),
        ("vu-minh-tam-1", "password_too_similar"),
        ("administrator", "password_too_common"),
    ],
)
def test_weak_password_is_refused(password: str, reason: str, admin_lan: User) -> None:
    user = User.objects.create_user("vu-minh-tam")
    values = {"password1": password, "password2": password}
    response = signed_in(admin_lan).post(f"{LIST}{user.pk}/password/", values)
    errors = response.context["form"].errors.as_data()
    assert [error.code for error in errors["password2"]] == [reason]
    user.refresh_from_db()
    assert not user.has_usable_password()


def test_list_shows_names_and_finds_them(admin_lan: User, reader_an: User) -> None:
    browser = signed_in(admin_lan)
    listed = browser.get(LIST).content.decode()
    assert (admin_lan.full_name in listed, reader_an.full_name in listed) == (True, True)
    found = browser.get(LIST, {"q": "Bình"}).content.decode()
    results = found.partition('id="result_list"')[2]
    assert (admin_lan.full_name in results, reader_an.full_name in results) == (False, True)


def test_change_form_keeps_name_and_permissions(admin_lan: User, reader_an: User) -> None:
    browser = signed_in(admin_lan)
    path = f"{LIST}{reader_an.pk}/change/"
    assert browser.get(path).status_code == 200
    values = {"username": "an", "full_name": " Phạm  Bình Ân ", "email": "", "is_active": "on"}
    assert browser.post(path, values).status_code == 302
    reader_an.refresh_from_db()
    assert (reader_an.full_name, reader_an.is_active) == ("Phạm Bình Ân", True)


def test_account_says_whether_there_is_a_password_and_shows_nothing_of_it(
    admin_lan: User, settings: Any
) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    user = User.objects.create_user("tam", full_name="Vũ Thị Minh Tâm")
    browser = signed_in(admin_lan)
    path = f"{LIST}{user.pk}/"
    assert "Chưa có mật khẩu" in browser.get(f"{path}change/").content.decode()
    user.password = make_password("vườn ươm bí thư", salt="muoiCuaMatKhauNay")
    user.save()
    algorithm, rounds, salt, digest = user.password.split("$")
    first = user.history.latest().history_id
    for address in (f"{path}change/", f"{path}history/", f"{path}history/{first}/"):
        text = browser.get(address).content.decode()
        # Django would show the first six letters of salt and hash.
        parts = [algorithm, rounds, salt[:6], digest[:6]]
        assert [part for part in parts if part in text] == []
    text = browser.get(f"{path}change/").content.decode()
    assert "Đã có mật khẩu" in text
    assert f'href="{path}password/"' in text
    assert text.count(f'href="{path}invite/"') == 2
    user.is_active = False
    user.save()
    assert f'href="{path}invite/"' not in browser.get(f"{path}change/").content.decode()


def test_history_says_why_nothing_is_restored_there(admin_lan: User, reader_an: User) -> None:
    text = signed_in(admin_lan).get(f"{LIST}{reader_an.pk}/history/").content.decode()
    assert "không khôi phục" in text


def test_who_is_not_staff_gets_no_further_than_the_sign_in(
    reader_an: User, editor_minh: User
) -> None:
    for path in ("/quan-tri/", LIST, ADD):
        assert Client().get(path).status_code == 302
        assert signed_in(reader_an).get(path).status_code == 302
    assert signed_in(editor_minh).get(LIST).status_code == 403
    assert signed_in(editor_minh).get("/quan-tri/").status_code == 200
