"""The officer's pages beside the counts: list, branch, contact, reports, what needs doing."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from accounts.roles import Role
from branches.actions import SettledAlready, settle_report
from branches.models import Branch, Commune, HeadCount, MistakeReport, Threshold
from branches.queries import branch_tasks, figures, rules_on
from core.dates import months_before
from tests.conftest import signed_in
from tests.factories import make_branch

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("office")]
LIST, REPORTS, CONTACT = "/lam-viec/chi-doan/", "/lam-viec/bao-sai/", "/lam-viec/don-vi/"
HOSTILE = "<script>alert('x')</script>"


def page_of(branch: Branch) -> str:
    return f"{LIST}{branch.public_id}/"


def counted(commune: Commune, name: str, members: int | None = None, age: int = 0) -> Branch:
    """A branch that was counted so many days ago, or never."""
    branch = make_branch(commune, area_kind="thon", name=name)
    if members is not None:
        day = timezone.localdate() - timedelta(days=age)
        HeadCount.objects.create(branch=branch, counted_on=day, members=members)
    return branch


def shown(browser: Client, address: str, **query: str) -> str:
    response = browser.get(address, query)
    assert response.status_code == 200, address
    return response.content.decode()


@pytest.fixture
def secret(commune_b: Commune) -> Branch:
    """A branch of the other commune, with a trace of everything."""
    branch = make_branch(commune_b, name="Bí Mật", meeting_note="nhà kín")
    HeadCount.objects.create(branch=branch, counted_on=date(2024, 5, 15), members=777)
    MistakeReport.objects.create(branch=branch, text="lời kín", contact="0900 111 222")
    commune_b.contact_phone = "0900 333 444"
    commune_b.save()
    return branch


def test_nothing_of_another_commune_is_shown_found_or_changed(
    officer_a: User, commune_a: Commune, secret: Branch
) -> None:
    own = counted(commune_a, "Đông", 5)
    MistakeReport.objects.create(branch=own, text="Sai tên.")
    browser = signed_in(officer_a)
    traces = ["Bí Mật", "nhà kín", "777", "lời kín", "0900", "Đồng Tiến", str(secret.public_id)]
    for address in (LIST, f"{LIST}?loc=chua-dem", page_of(own), REPORTS, CONTACT, "/lam-viec/"):
        text = browser.get(address).content.decode()
        assert [trace for trace in traces if trace in text] == [], address
    report = MistakeReport.objects.get(branch=secret)
    for address in (page_of(secret), f"{REPORTS}{report.public_id}/"):
        assert browser.get(address).status_code == 404
        assert browser.post(address, {"outcome": "x", "meeting_day": 3}).status_code == 404
    for address in (LIST, CONTACT):
        assert browser.get(address, {"xa": "xa-dong-tien"}).status_code == 404
    sent = {"contact_phone": "0", "contact_address": "", "contact_email": ""}
    assert browser.post(f"{CONTACT}?xa=xa-dong-tien", sent).status_code == 404
    secret.refresh_from_db()
    assert (secret.meeting_day, secret.commune.contact_phone) == (None, "0900 333 444")
    assert MistakeReport.objects.waiting().count() == 2


def test_list_marks_by_the_rules_in_force(officer_a: User, commune_a: Commune) -> None:
    counted(commune_a, "Nhỏ", 2)
    counted(commune_a, "Cũ", 9, age=400)
    counted(commune_a, "Chưa")
    counted(commune_a, "Đủ", 3)
    browser = signed_in(officer_a)
    every = shown(browser, LIST)
    assert every.count('class="marks"') == 3
    assert "dưới 3 đoàn viên" in every
    assert "chưa đếm quá 6 tháng" in every
    due, small = shown(browser, LIST, loc="chua-dem"), shown(browser, LIST, loc="it-doan-vien")
    names = ("Nhỏ", "Cũ", "Chưa", "Đủ")
    assert [f"thôn {name}" in due for name in names] == [False, True, True, False]
    assert [f"thôn {name}" in small for name in names] == [True, False, False, False]
    Threshold.objects.create(
        subject="least_members", value=10, document="Thử", valid_from=timezone.localdate()
    )
    assert shown(browser, LIST, loc="it-doan-vien").count('<li class="box"') == 3


def test_tasks_and_figures_lead_to_exactly_their_rows(
    officer_a: User, commune_a: Commune, secret: Branch
) -> None:
    assert branch_tasks(user=officer_a, today=timezone.localdate()) == []
    small = counted(commune_a, "Nhỏ", 2)
    counted(commune_a, "Cũ", 9, age=400)
    counted(commune_a, "Chưa")
    make_branch(commune_a, closed_on=date(2024, 1, 1))
    MistakeReport.objects.create(branch=small, text="Sai tên.")
    today = timezone.localdate()
    tasks = branch_tasks(user=officer_a, today=today)
    browser = signed_in(officer_a)
    told = {task.address: int(task.text.split()[0]) for task in tasks}
    assert told == {REPORTS: 1, f"{LIST}?loc=chua-dem": 2, f"{LIST}?loc=it-doan-vien": 1}
    for address, number in told.items():
        rows = browser.get(address).content.decode().count('class="box"')
        assert rows == number, address
    own = [(figure.number, figure.address) for figure in figures(user=officer_a, today=today)]
    assert own == [(3, LIST), (11, LIST)]
    staff = User.objects.create_user("tam", role=Role.DISTRICT_STAFF)
    assert [figure.number for figure in figures(user=staff, today=today)] == [2, 4, 788]
    assert branch_tasks(user=staff, today=today) == []
    nobody = User.objects.create_user("ai")
    assert figures(user=nobody, today=today) == []


@pytest.mark.parametrize(
    ("day", "months", "before"),
    [
        (date(2024, 8, 31), 6, date(2024, 2, 29)),
        (date(2024, 1, 15), 1, date(2023, 12, 15)),
        (date(2024, 12, 1), 12, date(2023, 12, 1)),
        (date(2024, 1, 1), 60_000, date.min),
    ],
)
def test_months_before(day: date, months: int, before: date) -> None:
    assert months_before(day, months) == before


def test_without_a_rule_nothing_is_marked(officer_a: User, commune_a: Commune) -> None:
    rules = rules_on(date(1990, 1, 1))
    assert (rules.least_members, rules.counted_since) == (None, None)


def test_officer_keeps_the_meeting_and_nothing_else(officer_a: User, commune_a: Commune) -> None:
    branch = counted(commune_a, "Đông", 5)
    browser = signed_in(officer_a)
    seen = branch.history.latest().history_id
    sent = {"meeting_day": 5, "meeting_note": HOSTILE, "seen": seen}
    extra = {"name": "Khác", "commune": 1, "closed_on": "2020-01-01", "kind": "school"}
    for _again in range(2):
        assert browser.post(page_of(branch), {**sent, **extra}).status_code == 302
    stored = Branch.objects.get(pk=branch.pk)
    assert (stored.meeting_day, stored.meeting_note) == (5, HOSTILE)
    assert (stored.name, stored.kind, stored.closed_on) == ("Đông", "residential", None)
    assert [version.history_user for version in branch.history.all()] == [officer_a, None]
    page = shown(browser, page_of(branch))
    assert HOSTILE not in page
    assert "– → <strong>5</strong>" in page
    assert "Hoàng Văn Bắc" in page


def test_second_at_the_meeting_is_told_and_sends_once_more(
    officer_a: User, admin_lan: User, commune_a: Commune
) -> None:
    branch = make_branch(commune_a)
    seen = branch.history.latest().history_id
    sent: dict[str, Any] = {"meeting_note": "", "seen": seen}
    assert signed_in(admin_lan).post(page_of(branch), {**sent, "meeting_day": 7}).status_code == 302
    browser = signed_in(officer_a)
    response = browser.post(page_of(branch), {**sent, "meeting_day": 8})
    told = response.content.decode()
    assert response.status_code == 200
    assert "Đỗ Thị Lan" in told
    assert Branch.objects.get(pk=branch.pk).meeting_day == 7
    newest = branch.history.latest().history_id
    assert f'name="seen" value="{newest}"' in told
    again = browser.post(page_of(branch), {**sent, "meeting_day": 8, "seen": newest})
    assert again.status_code == 302
    assert Branch.objects.get(pk=branch.pk).meeting_day == 8


def test_closed_branch_is_shown_and_not_changed(officer_a: User, commune_a: Commune) -> None:
    branch = make_branch(commune_a, closed_on=date(2024, 1, 1))
    browser = signed_in(officer_a)
    assert 'name="meeting_day"' not in shown(browser, page_of(branch))
    browser.post(page_of(branch), {"meeting_day": 5, "meeting_note": ""})
    assert Branch.objects.get(pk=branch.pk).meeting_day is None


@pytest.mark.parametrize("day", ["0", "32", "x"])
def test_wrong_meeting_day_is_refused_at_its_field(
    officer_a: User, commune_a: Commune, day: str
) -> None:
    branch = make_branch(commune_a)
    response = signed_in(officer_a).post(page_of(branch), {"meeting_day": day, "seen": 10**9})
    assert response.status_code == 200
    assert [*response.context["form"].errors] == ["meeting_day"]


def test_contact_is_kept_once_and_told_when_somebody_came_between(
    officer_a: User, admin_lan: User, commune_a: Commune
) -> None:
    seen = commune_a.history.latest().history_id
    sent = {"contact_address": "Số 1", "contact_phone": "", "contact_email": "", "seen": seen}
    browser = signed_in(officer_a)
    for _again in range(2):
        response = browser.post(CONTACT, {**sent, "name": "Khác", "kind": "phuong"})
        assert response.status_code == 302
    assert commune_a.history.count() == 2
    other = {**sent, "contact_address": "Số 2"}
    told = signed_in(admin_lan).post(f"{CONTACT}?xa=xa-hong-lac", other)
    assert (told.status_code, "Hoàng Văn Bắc" in told.content.decode()) == (200, True)
    commune_a.refresh_from_db()
    assert (commune_a.contact_address, commune_a.name, commune_a.kind) == ("Số 1", "Hồng Lạc", "xa")


def test_report_is_settled_once(officer_a: User, admin_lan: User, commune_a: Commune) -> None:
    branch = make_branch(commune_a)
    report = MistakeReport.objects.create(branch=branch, text=f"Sai tên.\n{HOSTILE}")
    address = f"{REPORTS}{report.public_id}/"
    browser = signed_in(officer_a)
    assert HOSTILE not in shown(browser, REPORTS) + shown(browser, address)
    assert browser.post(address, {"outcome": " "}).status_code == 200
    for _again in range(2):
        sent = {"outcome": "Đã sửa tên", "branch": 1, "settled_by": admin_lan.pk, "text": "x"}
        assert browser.post(address, sent)["Location"] == REPORTS
    second = signed_in(admin_lan).post(address, {"outcome": "Không sai"})
    told = second.content.decode()
    assert (second.status_code, "Hoàng Văn Bắc" in told, "Đã sửa tên" in told) == (409, True, True)
    report.refresh_from_db()
    assert (report.outcome, report.settled_by, report.branch) == ("Đã sửa tên", officer_a, branch)
    assert report.text.startswith("Sai tên.")
    assert report.history.count() == 2
    with pytest.raises(SettledAlready):
        settle_report(report, outcome="Đã sửa tên", by=admin_lan)
    assert "Đã sửa tên" in shown(browser, REPORTS)


@pytest.mark.parametrize("number", [1, 3, 100])
def test_pages_cost_the_same_for_any_number(
    officer_a: User,
    commune_a: Commune,
    number: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for place in range(number):
        branch = counted(commune_a, str(place + 1), 5)
        MistakeReport.objects.create(branch=branch, text="Sai tên.")
        day = date(2024, 1, 1) + timedelta(days=place)
        HeadCount.objects.create(branch=Branch.objects.get(name="1"), counted_on=day, members=place)
    browser = signed_in(officer_a)
    browser.get(LIST)
    first = page_of(Branch.objects.get(name="1"))
    for address, queries in ((LIST, 9), (first, 14), (REPORTS, 7)):
        with django_assert_num_queries(queries):
            assert "thôn 1" in shown(browser, address)


def test_reading_writes_nothing(officer_a: User, commune_a: Commune) -> None:
    branch = counted(commune_a, "Đông", 5)
    report = MistakeReport.objects.create(branch=branch, text="Sai tên.")
    browser = signed_in(officer_a)
    tables: list[Any] = [Branch, Commune, HeadCount, MistakeReport]
    before = [model.history.count() for model in tables]
    settle = f"{REPORTS}{report.public_id}/"
    for address in (LIST, f"{LIST}dem/", page_of(branch), REPORTS, settle, CONTACT):
        shown(browser, address, seen="0", outcome="x", meeting_day="3", members="1")
    assert [model.history.count() for model in tables] == before
    assert browser.delete(page_of(branch)).status_code == 405
