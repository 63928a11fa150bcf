"""Communes: one of each name while it is valid, found without diacritics, closed on a day."""

import unicodedata
from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.models import User
from accounts.roles import Role
from branches.models import Commune
from core.meanwhile import newest_version
from tests.conftest import signed_in

pytestmark = pytest.mark.django_db
LIST = "/quan-tri/branches/commune/"


def names(communes: "list[Commune]") -> list[str]:
    return [commune.name for commune in communes]


def test_commune_is_called_by_kind_and_name() -> None:
    assert str(Commune(kind=Commune.Kind.TOWN, name="Hồng Sơn")) == "thị trấn Hồng Sơn"
    assert str(Commune(kind=Commune.Kind.RURAL, name="Hồng Lạc")) == "xã Hồng Lạc"


@pytest.mark.parametrize("second", ["Hồng Lạc", "HỒNG  LẠC", "Hong Lac"])
def test_a_second_commune_of_the_same_name_is_refused(second: str, commune_a: Commune) -> None:
    spelled = unicodedata.normalize("NFD", second)
    with pytest.raises(ValidationError) as caught:
        Commune(name=spelled).full_clean()
    assert "Đã có đơn vị cùng loại và cùng tên này." in caught.value.messages
    with pytest.raises(IntegrityError), transaction.atomic():
        Commune.objects.create(name=spelled)
    Commune.objects.create(name=spelled, kind=Commune.Kind.WARD)


def test_name_and_code_are_free_again_once_a_commune_is_closed(commune_a: Commune) -> None:
    commune_a.code = "07402"
    commune_a.valid_to = date(2025, 7, 1)
    commune_a.save()
    successor = Commune(name="Hồng Lạc", code="07402", valid_from=date(2025, 7, 1))
    successor.full_clean()
    successor.save()
    with pytest.raises(IntegrityError), transaction.atomic():
        Commune.objects.create(name="Khác", code="07402")
    assert [*Commune.objects.valid_on(date(2025, 6, 30))] == [commune_a]
    assert [*Commune.objects.valid_on(date(2025, 7, 1))] == [successor]


def test_a_commune_ends_after_it_begins() -> None:
    day = date(2025, 7, 1)
    with pytest.raises(IntegrityError), transaction.atomic():
        Commune.objects.create(name="Ngược", valid_from=day, valid_to=day)


@pytest.mark.parametrize("code", ["1234", "123456", "1234a", "１２３４５"])
def test_code_has_five_digits(code: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Commune(name="Hồng Lạc", code=code).full_clean()
    assert set(caught.value.message_dict) == {"code"}


def test_scope_is_the_whole_office_one_commune_or_nothing(
    commune_a: Commune, commune_b: Commune, officer_a: User, reader_an: User, admin_lan: User
) -> None:
    staff = User.objects.create_user("tam", role=Role.DISTRICT_STAFF)
    visible = {
        user.username: {*Commune.objects.visible_to(user)}
        for user in (officer_a, reader_an, staff, admin_lan)
    }
    everything = {commune_a, commune_b}
    assert visible == {"bac": {commune_a}, "an": set(), "tam": everything, "lan": everything}
    officer_a.is_active = False
    assert not Commune.objects.visible_to(officer_a).exists()


def test_list_finds_without_diacritics(commune_a: Commune, admin_lan: User) -> None:
    Commune.objects.create(name="Sơn Thủy")
    shown = signed_in(admin_lan).get(LIST, {"q": "hong"})
    assert names(shown.context["cl"].result_list) == ["Hồng Lạc"]


def test_a_commune_cannot_be_deleted(commune_a: Commune, admin_lan: User) -> None:
    browser = signed_in(admin_lan)
    assert browser.post(f"{LIST}{commune_a.pk}/delete/", {"post": "yes"}).status_code == 403
    browser.post(LIST, {"action": "delete_selected", "_selected_action": [commune_a.pk]})
    assert [*Commune.objects.all()] == [commune_a]


def test_history_keeps_who_changed_what(commune_a: Commune, admin_lan: User) -> None:
    values = {"kind": "phuong", "name": "Hồng Lạc", "code": "07402"}
    values["seen"] = str(newest_version(commune_a))
    response = signed_in(admin_lan).post(f"{LIST}{commune_a.pk}/change/", values)
    assert response.status_code == 302
    new, old = commune_a.history.all()
    assert (new.history_user, new.kind, old.kind) == (admin_lan, "phuong", "xa")


def test_whoever_may_only_see_restores_nothing(commune_a: Commune) -> None:
    """The library itself would take any POST to an earlier version as a restore."""
    first = commune_a.history.get()
    commune_a.code = "07402"
    commune_a.save()
    address = f"{LIST}{commune_a.pk}/history/{first.pk}/"
    viewer = signed_in(User.objects.create_user("xem", role=Role.VIEWER))
    assert viewer.get(address).status_code == 200
    assert viewer.post(address, {"kind": "xa", "name": "Hồng Lạc"}).status_code == 403
    commune_a.refresh_from_db()
    assert commune_a.code == "07402"
    staff = signed_in(User.objects.create_user("tam", role=Role.DISTRICT_STAFF))
    values = {"kind": "xa", "name": "Hồng Lạc", "seen": newest_version(commune_a)}
    assert staff.post(address, values).status_code == 302
    commune_a.refresh_from_db()
    assert commune_a.code == ""
