"""Links by which people set their first password."""

import re
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.actions import InvitationGoneError, accept_invitation, invite_user
from accounts.models import Event, Invitation, User
from tests.conftest import signed_in
from tests.visits.helpers import together

PASSWORD = "con đường xanh rợp bóng mát"
TWICE = {"new_password1": PASSWORD, "new_password2": PASSWORD}


def address(token: str) -> str:
    return reverse("accounts:invitation", args=[token])


@pytest.mark.django_db
def test_command_makes_the_first_administrator_who_sets_a_password_once(office: Any) -> None:
    assert User.objects.count() == 0
    out = StringIO()
    call_command("create_admin", username="lan", full_name="Đỗ Thị Lan", stdout=out)
    link = out.getvalue().splitlines()[-1]
    user = User.objects.get()
    assert (user.is_superuser, user.is_staff, user.has_usable_password()) == (True, True, False)
    assert Client().get(link).status_code == 200
    assert Client().post(link, TWICE).status_code == 302
    assert Client().login(username="lan", password=PASSWORD)
    assert [Client().get(link).status_code, Client().post(link, TWICE).status_code] == [404, 404]
    with pytest.raises(CommandError):
        call_command("create_admin", username="lan", full_name="Ai Khác", stdout=out)
    assert User.objects.count() == 1


@pytest.mark.django_db
def test_weak_password_leaves_the_link_open(office: Any, reader_an: User) -> None:
    link = address(invite_user(reader_an, by=None))
    response = Client().post(link, {"new_password1": "ngắn", "new_password2": "ngắn"})
    assert response.status_code == 200
    assert response.context["form"].errors.as_data()["new_password2"]
    assert Invitation.objects.get().used_at is None
    assert Client().post(link, TWICE).status_code == 302


@pytest.mark.django_db
def test_gone_links_look_alike(office: Any, reader_an: User) -> None:
    replaced, used = invite_user(reader_an, by=None), invite_user(reader_an, by=None)
    accept_invitation(used, PASSWORD)
    late = invite_user(reader_an, by=None)
    ended = invite_user(User.objects.create_user("ended"), by=None)
    User.objects.filter(username="ended").update(is_active=False)
    with time_machine.travel(timezone.now() + timedelta(days=7, seconds=1)):
        pages = [Client().get(address(t)) for t in (replaced, used, late, ended, "khong-co")]
        with pytest.raises(InvitationGoneError):
            accept_invitation(late, "một mật khẩu khác hẳn")
    assert {page.status_code for page in pages} == {404}
    number = re.compile(rb'[A-Za-z0-9_-]{43}|khong-co|nonce="[^"]*"')
    assert len({number.sub(b"", page.content) for page in pages}) == 1
    with pytest.raises(InvitationGoneError):
        accept_invitation(ended, PASSWORD)
    reader_an.refresh_from_db()
    assert reader_an.check_password(PASSWORD)


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_wins() -> None:
    token = invite_user(User.objects.create_user("an"), by=None)

    def accept(password: str) -> bool:
        try:
            accept_invitation(token, password)
        except InvitationGoneError:
            return False
        return True

    won = together([partial(accept, f"mật khẩu thứ {n} của An") for n in range(8)])
    assert sum(won) == 1
    assert User.objects.get().check_password(f"mật khẩu thứ {won.index(True)} của An")


@pytest.mark.django_db
def test_administrator_makes_a_link_that_is_in_no_log(
    office: Any,
    admin_lan: User,
    reader_an: User,
    log_lines: Callable[[], list[dict[str, Any]]],
) -> None:
    browser = signed_in(admin_lan)
    page = reverse("admin:accounts_user_invite", args=[reader_an.pk])
    change = browser.get(reverse("admin:accounts_user_change", args=[reader_an.pk]))
    assert page in change.content.decode()
    assert browser.get(page).status_code == 200
    assert Invitation.objects.count() == 0
    link = browser.post(page).context["link"]
    assert Client().get(link).status_code == 200
    assert Client(enforce_csrf_checks=True).post(link, TWICE).status_code == 302
    token = link.rstrip("/").rpartition("/")[2]
    assert len(token) == 43
    stored = str([*Event.objects.values(), *Invitation.objects.values()])
    assert token not in stored + str(log_lines())
    assert Invitation.objects.get().made_by == admin_lan


@pytest.mark.django_db
def test_a_superusers_link_is_not_for_other_administrators(admin_lan: User) -> None:
    other = User.objects.create_user("phuong", role="district_admin")
    page = reverse("admin:accounts_user_invite", args=[admin_lan.pk])
    assert signed_in(other).post(page).status_code == 404
    assert Invitation.objects.count() == 0
