"""Two people at one record: the later is told, nothing is overwritten unseen."""

from typing import Any

import pytest

from accounts.models import User
from branches.models import Commune
from core.meanwhile import ChangedMeanwhile, SeenForm, changed_since, newest_version, refuse_newer

pytestmark = pytest.mark.django_db


class PhoneForm(SeenForm):
    class Meta:
        model = Commune
        fields = ["contact_phone"]


def write(commune: Commune, phone: str, by: User | None) -> int:
    """Change the record as somebody; return its version then."""
    record: Any = Commune.objects.get(pk=commune.pk)
    record.contact_phone = phone
    record._history_user = by
    record.save()
    return newest_version(record)


def sent(commune: Commune, phone: str, seen: object) -> PhoneForm:
    return PhoneForm({"contact_phone": phone, "seen": seen}, instance=commune)


def test_record_without_versions_has_number_0_and_is_never_newer(commune_a: Commune) -> None:
    commune_a.history.all().delete()
    assert newest_version(commune_a) == 0
    assert changed_since(commune_a, 0) is None
    refuse_newer(commune_a, 0)


def test_newest_version_grows_with_each_change(commune_a: Commune, admin_lan: User) -> None:
    first = newest_version(commune_a)
    second = write(commune_a, "1", admin_lan)
    assert 0 < first < second == newest_version(commune_a)
    refuse_newer(commune_a, second)


def test_every_change_since_is_told_with_the_last_person(
    commune_a: Commune, admin_lan: User, officer_a: User
) -> None:
    seen = newest_version(commune_a)
    write(commune_a, "1", officer_a)
    write(commune_a, "2", admin_lan)
    with pytest.raises(ChangedMeanwhile) as caught:
        refuse_newer(commune_a, seen)
    meanwhile = caught.value.meanwhile
    assert meanwhile.by == admin_lan
    assert [(each.old, each.new) for each in meanwhile.changes] == [("–", "2")]
    assert "Đỗ Thị Lan" in str(caught.value)
    assert "– → 2" in str(caught.value)


def test_unknown_version_is_an_old_one(commune_a: Commune) -> None:
    write(commune_a, "1", None)
    meanwhile = changed_since(commune_a, 0)
    assert meanwhile is not None
    assert (meanwhile.by, meanwhile.changes) == (None, [])
    assert str(meanwhile)


def test_versions_of_another_record_do_not_count(commune_a: Commune, commune_b: Commune) -> None:
    seen = newest_version(commune_a)
    write(commune_b, "1", None)
    assert changed_since(commune_a, seen) is None


def test_form_of_a_new_record_asks_for_no_version() -> None:
    form = PhoneForm({"contact_phone": "1"})
    assert "seen" not in form.initial
    assert form.is_valid()


def test_form_sends_back_the_version_it_was_made_from(commune_a: Commune, admin_lan: User) -> None:
    form = PhoneForm(instance=commune_a)
    seen = newest_version(commune_a)
    assert form.initial["seen"] == seen
    assert sent(commune_a, "1", seen).is_valid()
    newer = write(commune_a, "2", admin_lan)
    refused = sent(Commune.objects.get(pk=commune_a.pk), "3", seen)
    assert not refused.is_valid()
    assert refused.has_error("__all__", "changed_meanwhile")
    assert "Đỗ Thị Lan" in str(refused.non_field_errors())
    # What was typed stays, and sending it once more writes it.
    assert (refused["contact_phone"].value(), refused["seen"].value()) == ("3", str(newer))
    again = sent(Commune.objects.get(pk=commune_a.pk), "3", newer)
    assert again.is_valid()
    again.save()
    assert Commune.objects.get(pk=commune_a.pk).contact_phone == "3"


@pytest.mark.parametrize("seen", ["", "0", "-5", "x"])
def test_form_without_a_true_version_writes_nothing(commune_a: Commune, seen: str) -> None:
    assert not sent(commune_a, "1", seen).is_valid()
