"""Officers record head counts: own commune only, nothing lost, nothing overwritten unseen."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from accounts.roles import Role
from branches.actions import record_count
from branches.models import Branch, Commune, HeadCount
from core.meanwhile import ChangedMeanwhile
from tests.conftest import signed_in
from tests.factories import make_branch

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("office")]
PAGE = "/lam-viec/chi-doan/dem/"
JSON = {"accept": "application/json"}


def sent(branch: Branch, **values: Any) -> dict[str, Any]:
    """A line as the page sends it."""
    day = timezone.localdate().isoformat()
    figures = {"members": 9, "party_members": "", "youth": ""}
    return {"branch": branch.public_id, "counted_on": day, "seen": 0, **figures, **values}


def answer(user: User, data: dict[str, Any]) -> dict[str, Any]:
    """What the page's script is told."""
    response = signed_in(user).post(PAGE, data, headers=JSON)
    assert response.status_code == 200
    return dict(response.json())


def members(branch: Branch) -> list[int]:
    return [*HeadCount.objects.filter(branch=branch).values_list("members", flat=True)]


def versions(branch: Branch) -> int:
    return int(HeadCount.history.filter(branch_id=branch.pk).count())


def test_line_is_saved_and_the_page_says_when_and_who(officer_a: User, commune_a: Commune) -> None:
    branch = make_branch(commune_a, area_kind="thon", name="Đông")
    response = signed_in(officer_a).post(PAGE, sent(branch, party_members=2, youth=40))
    today = timezone.localdate()
    expected = f"{PAGE}?ngay={today.isoformat()}&xa=xa-hong-lac#{branch.public_id}"
    assert (response.status_code, response["Location"]) == (302, expected)
    shown = signed_in(officer_a).get(expected).content.decode()
    assert "Hoàng Văn Bắc" in shown
    assert 'value="9"' in shown
    count = HeadCount.objects.get()
    assert (count.branch, count.counted_on, count.youth) == (branch, today, 40)
    assert count.history.get().history_user == officer_a


def test_script_is_told_the_version_and_sends_again_without_a_second(
    officer_a: User, commune_a: Commune
) -> None:
    branch = make_branch(commune_a)
    first = answer(officer_a, sent(branch))
    again = answer(officer_a, sent(branch))
    assert first["state"] == again["state"] == "saved"
    assert first["seen"] == again["seen"] == HeadCount.history.get().history_id
    assert (members(branch), versions(branch)) == ([9], 1)


def test_own_figures_sent_before_the_answer_came_are_no_conflict(
    officer_a: User, commune_a: Commune
) -> None:
    branch = make_branch(commune_a)
    answer(officer_a, sent(branch))
    assert answer(officer_a, sent(branch, members=10))["state"] == "saved"
    assert (members(branch), versions(branch)) == ([10], 2)


@pytest.mark.parametrize("first_is_officer", [True, False])
def test_second_person_is_told_who_wrote_what(
    officer_a: User, commune_a: Commune, admin_lan: User, first_is_officer: bool
) -> None:
    branch = make_branch(commune_a)
    first, second = (officer_a, admin_lan) if first_is_officer else (admin_lan, officer_a)
    answer(first, sent(branch, members=12))
    told = answer(second, sent(branch, members=14))
    assert told["state"] == "conflict"
    assert all(part in told["words"] for part in (str(first), "12", "14"))
    assert members(branch) == [12]
    knowingly = sent(branch, members=14, seen=told["seen"])
    assert answer(second, knowingly)["state"] == "saved"
    assert (members(branch), versions(branch)) == ([14], 2)


def test_equal_figures_of_two_people_are_no_conflict(
    officer_a: User, commune_a: Commune, admin_lan: User
) -> None:
    branch = make_branch(commune_a)
    answer(officer_a, sent(branch, members=12))
    assert answer(admin_lan, sent(branch, members=12))["state"] == "saved"
    assert versions(branch) == 1


def test_different_branches_and_days_do_not_collide(
    officer_a: User, commune_a: Commune, admin_lan: User
) -> None:
    one, other = make_branch(commune_a), make_branch(commune_a)
    yesterday = (timezone.localdate() - timedelta(days=1)).isoformat()
    states = [
        answer(officer_a, sent(one, members=3))["state"],
        answer(admin_lan, sent(other, members=4))["state"],
        answer(admin_lan, sent(one, members=5, counted_on=yesterday))["state"],
    ]
    assert states == ["saved"] * 3
    assert (members(one), members(other)) == ([3, 5], [4])
    one.refresh_from_db()
    assert one.last_count is not None
    assert one.last_count.members == 3


def test_conflict_without_script_shows_both_and_overwrites_knowingly(
    officer_a: User, commune_a: Commune, admin_lan: User
) -> None:
    branch = make_branch(commune_a)
    answer(admin_lan, sent(branch, members=12))
    browser = signed_in(officer_a)
    response = browser.post(PAGE, sent(branch, members=14))
    shown = response.content.decode()
    assert response.status_code == 200
    assert "Đỗ Thị Lan" in shown
    assert 'value="14"' in shown
    seen = HeadCount.history.get().history_id
    assert f'name="seen" value="{seen}"' in shown
    assert browser.post(PAGE, sent(branch, members=14, seen=seen)).status_code == 302
    assert members(branch) == [14]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("members", ""),
        ("members", "-1"),
        ("members", "chín"),
        ("members", "99999"),
        ("party_members", "10"),
        ("youth", "1.5"),
        ("counted_on", "2999-01-01"),
        ("counted_on", "<b>"),
        ("seen", "x"),
    ],
)
def test_fault_stands_at_its_field_and_nothing_is_written(
    officer_a: User, commune_a: Commune, field: str, value: str
) -> None:
    branch = make_branch(commune_a)
    told = answer(officer_a, sent(branch, **{field: value}))
    assert told["state"] == "invalid"
    assert [*told["errors"]] == [field]
    shown = signed_in(officer_a).post(PAGE, sent(branch, **{field: value}))
    assert shown.status_code == 200
    assert "<b>" not in shown.content.decode().partition("count-line")[2]
    assert members(branch) == []


def test_day_to_come_is_refused_at_the_field_of_the_day(
    officer_a: User, commune_a: Commune
) -> None:
    make_branch(commune_a)
    tomorrow = timezone.localdate() + timedelta(days=1)
    shown = signed_in(officer_a).get(PAGE, {"ngay": tomorrow.isoformat()}).content.decode()
    assert 'id="loi-ngay"' in shown
    assert f'data-day="{timezone.localdate():%Y-%m-%d}"' in shown
    hostile = signed_in(officer_a).get(PAGE, {"ngay": '"><script>'}).content.decode()
    assert "<script>" not in hostile


def test_branch_is_counted_on_days_on_which_it_exists(officer_a: User, commune_a: Commune) -> None:
    begins, ends = date(2024, 1, 1), date(2024, 6, 1)
    branch = make_branch(commune_a, founded_on=begins, closed_on=ends)
    told = answer(officer_a, sent(branch))
    assert (told["state"], [*told["errors"]]) == ("invalid", ["__all__"])
    assert answer(officer_a, sent(branch, counted_on="2024-05-31"))["state"] == "saved"
    assert (
        str(branch.public_id)
        in signed_in(officer_a).get(PAGE, {"ngay": "2024-05-31"}).content.decode()
    )
    assert str(branch.public_id) not in signed_in(officer_a).get(PAGE).content.decode()


def test_other_communes_branches_are_not_there(
    officer_a: User, commune_a: Commune, commune_b: Commune
) -> None:
    make_branch(commune_a)
    secret = make_branch(commune_b, name="Bí Mật")
    HeadCount.objects.create(branch=secret, counted_on=timezone.localdate(), members=777)
    browser = signed_in(officer_a)
    shown = browser.get(PAGE).content.decode()
    assert [part for part in ("Bí Mật", "777", "Đồng Tiến") if part in shown] == []
    assert browser.get(PAGE, {"xa": "xa-dong-tien"}).status_code == 404
    assert browser.get(PAGE, {"xa": "khong-co"}).status_code == 404
    assert browser.post(PAGE, sent(secret)).status_code == 404
    assert browser.post(PAGE, {**sent(secret), "branch": "1"}).status_code == 404
    assert browser.post(PAGE, sent(secret), headers=JSON).status_code == 404
    assert members(secret) == [777]


def test_fields_that_the_line_has_not_are_ignored(
    officer_a: User, commune_a: Commune, commune_b: Commune
) -> None:
    branch = make_branch(commune_a, name="Đông")
    other = make_branch(commune_b)
    extra = {"commune": commune_b.pk, "name": "Khác", "closed_on": "2020-01-01", "id": 77}
    extra |= {"branch_id": other.pk, "history_user": 1}
    assert answer(officer_a, sent(branch, **extra))["state"] == "saved"
    stored = Branch.objects.get(pk=branch.pk)
    assert (stored.commune, stored.name, stored.closed_on) == (commune_a, "Đông", None)
    assert HeadCount.objects.get().branch == branch


def test_district_staff_choose_a_commune(office: Any, commune_a: Commune) -> None:
    staff = User.objects.create_user("tam", role=Role.DISTRICT_STAFF)
    branch = make_branch(commune_a, name="Đông")
    browser = signed_in(staff)
    assert f'href="{PAGE}?xa=xa-hong-lac"' in browser.get(PAGE).content.decode()
    assert "Đông" in browser.get(PAGE, {"xa": "xa-hong-lac"}).content.decode()
    assert answer(staff, sent(branch))["state"] == "saved"
    viewer = User.objects.create_user("xem", role=Role.VIEWER)
    assert signed_in(viewer).post(PAGE, sent(branch)).status_code == 403


def test_figures_without_party_or_with_wrong_numbers_are_refused_by_the_action(
    officer_a: User, commune_a: Commune
) -> None:
    branch = make_branch(commune_a)
    values: dict[str, Any] = {"day": date(2024, 5, 15), "youth": None, "seen": 0, "by": officer_a}
    with pytest.raises(ValidationError):
        record_count(branch, members=1, party_members=2, **values)
    assert versions(branch) == 0
    record_count(branch, members=2, party_members=None, **values)
    with pytest.raises(ChangedMeanwhile):
        record_count(branch, members=3, party_members=None, **{**values, "by": None})
    assert (members(branch), versions(branch)) == ([2], 1)


@pytest.mark.parametrize("number", [1, 3, 100])
def test_page_of_counts_costs_the_same_for_any_number(
    officer_a: User,
    commune_a: Commune,
    number: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for place in range(number):
        branch = make_branch(commune_a, area_kind="thon", name=str(place + 1))
        for day in (timezone.localdate(), date(2024, 5, 15)):
            HeadCount.objects.create(branch=branch, counted_on=day, members=place)
    browser = signed_in(officer_a)
    browser.get(PAGE)
    with django_assert_num_queries(9):
        shown = browser.get(PAGE).content.decode()
    assert shown.count("data-line=") == number
