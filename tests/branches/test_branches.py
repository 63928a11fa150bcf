"""Branches: one of a name while open, keys that follow the names, the newest count at hand."""

import unicodedata
from collections.abc import Iterable
from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction

from accounts.models import User
from branches.models import Branch, Commune, HeadCount, Lineage, MistakeReport, Threshold
from tests.factories import make_branch

pytestmark = pytest.mark.django_db
DAY = date(2024, 10, 20)


def labels(branches: Iterable[Branch]) -> list[str]:
    return [branch.label for branch in branches]


def refused(record: models.Model, **values: object) -> str:
    """The sentence by which the record is refused with these values, by its form and its table."""
    for name, value in values.items():
        setattr(record, name, value)
    with pytest.raises(ValidationError) as caught:
        record.full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        record.save()
    return " ".join(caught.value.messages)


def test_branch_is_called_by_area_and_commune(commune_a: Commune) -> None:
    branch = make_branch(commune_a, area_kind="thon", name="Đông")
    assert str(branch) == "Chi đoàn thôn Đông (xã Hồng Lạc)"
    assert branch.get_absolute_url() == "/chi-doan/xa-hong-lac/thon-dong/"


@pytest.mark.parametrize("typed", ["Chi đoàn Chi đoàn thôn Đoài", "CĐ  THÔN ĐOÀI", "thôn Đoài"])
def test_typed_name_is_read(typed: str, commune_a: Commune) -> None:
    branch = Branch(commune=commune_a, name=unicodedata.normalize("NFD", typed))
    branch.full_clean()
    assert (branch.area_kind, branch.name) == ("thon", "Đoài")


def test_name_that_contradicts_the_kind_of_area_is_refused(commune_a: Commune) -> None:
    branch = Branch(commune=commune_a, name="xóm 2", area_kind="thon")
    with pytest.raises(ValidationError) as caught:
        branch.full_clean()
    assert set(caught.value.message_dict) == {"area_kind"}


def test_a_name_may_begin_with_the_word_of_another_kind(commune_a: Commune) -> None:
    for _again in range(2):
        branch = Branch(commune=commune_a, name="Làng Trung", area_kind="thon")
        branch.clean()
        assert (branch.area_kind, branch.name) == ("thon", "Làng Trung")
    branch = Branch(commune=commune_a, name="làng Rèn", area_kind="lang")
    branch.clean()
    assert branch.name == "Rèn"


@pytest.mark.parametrize("second", ["Đông", "ĐÔNG", "Dong", "CĐ thôn Đông"])
def test_second_open_branch_of_a_name_is_refused(
    second: str, commune_a: Commune, commune_b: Commune
) -> None:
    first = make_branch(commune_a, area_kind="thon", name="Đông")
    double = Branch(commune=commune_a, area_kind="thon", name=second)
    with pytest.raises(ValidationError) as caught:
        double.full_clean()
    assert "Xã này đã có chi đoàn đang hoạt động cùng tên." in caught.value.messages
    with pytest.raises(IntegrityError), transaction.atomic():
        double.save()
    make_branch(commune_b, area_kind="thon", name=second)
    first.closed_on = DAY
    first.save()
    double.full_clean()
    double.save()


def test_rules_of_a_branch_hold_in_the_form_and_in_the_database(commune_a: Commune) -> None:
    def branch() -> Branch:
        return Branch(commune=commune_a, area_kind="thon", name="Đông")

    sentences = [
        refused(branch(), name="…"),
        refused(branch(), founded_on=DAY, closed_on=DAY),
        refused(branch(), closing_decision="12-QĐ/ĐTN"),
        refused(branch(), term_begins_on=DAY, term_ends_on=DAY),
        refused(branch(), meeting_day=32),
        refused(branch(), meeting_day=0),
        refused(Branch(commune=commune_a, name="Trường THPT", kind="school", area_kind="thon")),
    ]
    assert len({*sentences}) >= 6
    assert Branch.objects.count() == 0


def test_branches_stand_in_vietnamese_order(commune_a: Commune, commune_b: Commune) -> None:
    names = ["10", "Đoài", "2", "Dân", "Ổi", "Áng", "An", "Âu", "Đông", "Oanh"]
    for name in names:
        make_branch(commune_a, area_kind="thon", name=name)
    last = make_branch(commune_b, area_kind="thon", name="Bắc")
    expected = ["2", "10", "An", "Áng", "Âu", "Dân", "Đoài", "Đông", "Oanh", "Ổi"]
    # Đồng Tiến stands before Hồng Lạc.
    assert labels(Branch.objects.all()) == ["thôn Bắc", *(f"thôn {name}" for name in expected)]
    last.commune = commune_a
    last.save()
    assert labels(Branch.objects.all())[5] == "thôn Bắc"


def test_commune_renamed_takes_its_branches_along(commune_a: Commune, commune_b: Commune) -> None:
    branch = make_branch(commune_a, area_kind="thon", name="Trung")
    versions = branch.history.count()
    make_branch(commune_b, area_kind="thon", name="Trung")
    commune_a.name = "An Khê"
    commune_a.save()
    assert [str(each.commune) for each in Branch.objects.all()] == ["xã An Khê", "xã Đồng Tiến"]
    assert Branch.objects.matching("trung an khe").get() == branch
    assert not Branch.objects.matching("hong lac").exists()
    assert branch.history.count() == versions


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("dong", ["thôn Đông", "thôn Đông", "thôn 10"]),
        ("ĐÔNG", ["thôn Đông", "thôn Đông", "thôn 10"]),
        ("chi đoàn thôn đông hồng lạc", ["thôn Đông"]),
        ("hong lac", ["tổ dân phố số 1", "thôn Đông"]),
        ("1", ["tổ dân phố số 1"]),
        ("tdp 01", ["tổ dân phố số 1"]),
        ("tdp so 1", ["tổ dân phố số 1"]),
        ("ong", []),
        ("'\" * : & | ! (", ["tổ dân phố số 1", "thôn Đông", "thôn Đông", "thôn 10"]),
        ("không có", []),
    ],
)
def test_search_needs_no_diacritics(
    typed: str, found: list[str], commune_a: Commune, commune_b: Commune
) -> None:
    make_branch(commune_a, area_kind="thon", name="Đông")
    make_branch(commune_a, area_kind="to-dan-pho", name="số 1")
    make_branch(commune_b, area_kind="thon", name="Đông")
    make_branch(commune_b, area_kind="thon", name="10")
    for form in ("NFC", "NFD"):
        text = unicodedata.normalize(form, typed)
        assert sorted(labels(Branch.objects.matching(text))) == sorted(found)


def test_search_may_be_part_of_another_question(commune_a: Commune) -> None:
    found, other = make_branch(commune_a, name="Đông"), make_branch(commune_a, name="Tây")
    matching = Branch.objects.matching("dong")
    assert [*Branch.objects.filter(pk__in=matching)] == [found]
    assert [*Branch.objects.exclude(pk__in=matching)] == [other]
    assert [*Commune.objects.filter(branches__in=matching)] == [commune_a]


def test_index_follows_renaming_and_deleting(commune_a: Commune) -> None:
    branch = make_branch(commune_a, name="Cũ")
    branch.name = "Mới"
    branch.save(update_fields=["name"])
    assert [*Branch.objects.matching("moi")] == [branch]
    assert not Branch.objects.matching("cu").exists()
    branch.delete()
    make_branch(commune_a, name="Khác")
    assert not Branch.objects.matching("moi").exists()


def test_officer_sees_the_branches_of_the_commune(
    commune_a: Commune, commune_b: Commune, officer_a: User, reader_an: User, admin_lan: User
) -> None:
    own, other = make_branch(commune_a), make_branch(commune_b)
    for branch in (own, other):
        HeadCount.objects.create(branch=branch, counted_on=DAY, members=5)
        MistakeReport.objects.create(branch=branch, text="Sai tên thôn.")
    assert [*Branch.objects.visible_to(officer_a)] == [own]
    assert [*Branch.objects.visible_to(reader_an)] == []
    assert {*Branch.objects.visible_to(admin_lan)} == {own, other}
    assert [row.branch for row in HeadCount.objects.visible_to(officer_a)] == [own]
    assert [row.branch for row in MistakeReport.objects.visible_to(officer_a)] == [own]


def test_branch_exists_from_founding_to_closing(commune_a: Commune) -> None:
    branch = make_branch(commune_a, founded_on=DAY, closed_on=date(2025, 7, 1))
    days = [date(2024, 10, 19), DAY, date(2025, 6, 30), date(2025, 7, 1)]
    assert [Branch.objects.open_on(day).contains(branch) for day in days] == [
        False,
        True,
        True,
        False,
    ]


def test_last_count_is_the_newest_in_whatever_order_they_come(commune_a: Commune) -> None:
    branch = make_branch(commune_a)
    versions = branch.history.count()

    def last() -> HeadCount | None:
        return Branch.objects.get(pk=branch.pk).last_count

    newest = HeadCount.objects.create(branch=branch, counted_on=DAY, members=9)
    older = HeadCount.objects.create(branch=branch, counted_on=date(2024, 1, 5), members=4)
    assert last() == newest
    older.counted_on = date(2024, 12, 1)
    older.save()
    assert last() == older
    older.delete()
    assert last() == newest
    newest.delete()
    assert last() is None
    assert branch.history.count() == versions


def test_rules_of_a_count(commune_a: Commune) -> None:
    branch = make_branch(commune_a)
    HeadCount.objects.create(branch=branch, counted_on=DAY, members=5, party_members=5)
    twice = refused(HeadCount(branch=branch, counted_on=DAY, members=6))
    assert twice == "Chi đoàn đã được đếm trong ngày này."
    too_many = refused(
        HeadCount(branch=branch, counted_on="2024-11-01", members=1, party_members=2)
    )
    assert too_many == "Số đảng viên không thể nhiều hơn số đoàn viên."


def test_under_strength_and_not_counted(commune_a: Commune) -> None:
    small, large, never = (make_branch(commune_a, name=name) for name in ("A", "B", "C"))
    HeadCount.objects.create(branch=small, counted_on=date(2024, 1, 5), members=2)
    HeadCount.objects.create(branch=large, counted_on=DAY, members=3)
    assert [*Branch.objects.under_strength(3)] == [small]
    assert [*Branch.objects.not_counted_since(DAY)] == [small, never]
    assert not Branch.objects.under_strength(None).exists()
    assert not Branch.objects.not_counted_since(None).exists()


def test_threshold_is_a_row_that_holds_between_days() -> None:
    subject = Threshold.Subject.LEAST_MEMBERS
    assert Threshold.objects.value_on(subject, DAY) == 3
    Threshold.objects.create(
        subject=subject, value=5, document="Thử", valid_from=DAY, valid_to=date(2024, 11, 1)
    )
    days = [date(2000, 1, 1), date(2024, 10, 19), DAY, date(2024, 10, 31), date(2024, 11, 1)]
    assert [Threshold.objects.value_on(subject, day) for day in days] == [None, 3, 5, 5, 3]


def test_lineage_is_of_two_branches_and_told_once(commune_a: Commune) -> None:
    old, new = make_branch(commune_a, name="Cũ"), make_branch(commune_a, name="Mới")
    values = {"kind": Lineage.Kind.MERGE_INTO, "effective_on": DAY}
    Lineage.objects.create(predecessor=old, successor=new, **values)
    assert refused(Lineage(predecessor=old, successor=new, **values))
    assert refused(Lineage(predecessor=old, successor=old, **values))
    assert [row.successor for row in old.successors.all()] == [new]
