"""A district office of 2020, a commune and a province office of 2025, by one command."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from branches.models import Office
from branches.presets import PRESETS

pytestmark = pytest.mark.django_db
NAMED = {
    "district-2020": ("district", "Huyện đoàn Hồng Sơn", "Tỉnh Lam Giang", "Tỉnh đoàn Lam Giang"),
    "commune-2025": ("commune", "Đoàn xã Hồng Sơn", "Tỉnh Lam Giang", "Tỉnh đoàn Lam Giang"),
    "province-2025": (
        "province",
        "Tỉnh đoàn Hồng Sơn",
        "Tỉnh Hồng Sơn",
        "Trung ương Đoàn TNCS Hồ Chí Minh",
    ),
}


def preset(*arguments: str) -> str:
    out = StringIO()
    call_command("office_preset", *arguments, stdout=out)
    return out.getvalue()


def test_there_are_three_presets() -> None:
    assert set(PRESETS) == set(NAMED)
    assert {choice.level.value for choice in PRESETS.values()} == set(Office.Level.values)


@pytest.mark.parametrize("name", NAMED)
def test_preset_names_the_office(name: str) -> None:
    told = preset(name, "--place", "Hồng Sơn", "--province", "Lam Giang")
    office = Office.objects.get()
    assert (office.level, office.full_name, office.province, office.parent_body) == NAMED[name]
    assert office.full_name in told
    assert office.organisation == "ĐOÀN TNCS HỒ CHÍ MINH"
    assert office.signature_lines.startswith("TM. BAN THƯỜNG VỤ ")
    office.full_clean(validate_unique=False)


def test_office_with_a_name_is_renamed_only_on_purpose() -> None:
    preset("district-2020", "--place", "Hồng Sơn", "--province", "Lam Giang")
    Office.objects.update(address="Số 1", phone="0200", email="a@b.example", is_demo=True)
    with pytest.raises(CommandError, match="Huyện đoàn Hồng Sơn"):
        preset("commune-2025", "--place", "Yên Phú", "--province", "Lam Giang")
    assert Office.objects.get().full_name == "Huyện đoàn Hồng Sơn"
    preset("commune-2025", "--place", "Yên Phú", "--province", "Lam Giang", "--replace")
    office = Office.objects.get()
    assert (office.full_name, office.level) == ("Đoàn xã Yên Phú", "commune")
    assert (office.address, office.phone, office.email) == ("Số 1", "0200", "a@b.example")
    assert Office.history.count() == 2


@pytest.mark.parametrize("name", ["district-2020", "commune-2025"])
def test_preset_below_a_province_needs_its_name(name: str) -> None:
    with pytest.raises(CommandError, match="--province"):
        preset(name, "--place", "Hồng Sơn")
    assert not Office.objects.exists()


def test_unknown_preset_and_hidden_signs_are_refused() -> None:
    with pytest.raises(CommandError, match="district-2020"):
        preset("district-1990", "--place", "x")
    with pytest.raises(CommandError):
        preset("province-2025", "--place", "Hồng\u202eSơn")
    with pytest.raises(CommandError):
        preset("province-2025", "--place", "x" * 250)
    assert not Office.objects.exists()


def test_place_may_hold_braces() -> None:
    preset("province-2025", "--place", "{province}")
    assert Office.objects.get().full_name == "Tỉnh đoàn {province}"
    assert Office.objects.get().province == "Tỉnh {province}"
