"""Branches in the back office: filters, bulk changes with preview, workbooks, conflicts."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
import time_machine
from django.test import Client
from openpyxl import load_workbook

from accounts.models import Event, User
from accounts.roles import Role
from branches.models import Branch, Commune, HeadCount, MistakeReport, Office, Threshold
from core.history import signed
from core.meanwhile import newest_version
from tests.conftest import signed_in
from tests.factories import make_branch
from tests.news.back_office import notes
from tests.news.helpers import at_once, count_queries, form_values, page, words_of

pytestmark = pytest.mark.django_db
LIST = "/quan-tri/branches/branch/"
REPORTS = "/quan-tri/branches/mistakereport/"
FIGURES = "/lam-viec/so-lieu/"
NOON = datetime(2024, 10, 20, 5, tzinfo=UTC)
DAY = date(2024, 10, 20)


@pytest.fixture(autouse=True)
def today() -> Any:
    """It is noon on 20/10/2024."""
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def hoan(office: Office) -> User:
    """Hoàn of the district's staff, with the rights of the role."""
    return User.objects.create_user("hoan", full_name="Lê Hoàn", role=Role.DISTRICT_STAFF)


@pytest.fixture
def hand(hoan: User) -> Client:
    return signed_in(hoan)


@pytest.fixture
def branches(commune_a: Commune, commune_b: Commune) -> list[Branch]:
    """Small, large, never counted, closed; and one of the other commune."""
    rows = [
        make_branch(commune_a, area_kind="thon", name="Nhỏ"),
        make_branch(commune_a, area_kind="thon", name="Lớn"),
        make_branch(commune_a, area_kind="thon", name="Mới"),
        make_branch(commune_a, area_kind="thon", name="Cũ", closed_on=date(2024, 1, 1)),
        make_branch(commune_b, area_kind="thon", name="Nhỏ"),
    ]
    counts = [(0, date(2024, 10, 1), 2), (1, date(2024, 1, 5), 12), (3, date(2023, 1, 1), 1)]
    for number, day, members in [*counts, (4, date(2024, 9, 1), 1)]:
        HeadCount.objects.create(branch=rows[number], counted_on=day, members=members)
    return [Branch.objects.get(pk=row.pk) for row in rows]


def listed(client: Client, query: str = "") -> set[str]:
    """Area and commune of the branches that the list shows."""
    rows = client.get(f"{LIST}{query}").context["cl"].result_list
    return {f"{row.label}, {row.commune.name}" for row in rows}


NAMES = ["thôn Nhỏ, Hồng Lạc", "thôn Lớn, Hồng Lạc", "thôn Mới, Hồng Lạc", "thôn Cũ, Hồng Lạc"]
OTHER = "thôn Nhỏ, Đồng Tiến"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {*NAMES, OTHER}),
        ("?trang-thai=hoat-dong", {*NAMES[:3], OTHER}),
        ("?trang-thai=ket-thuc", {NAMES[3]}),
        ("?it-doan-vien=co", {NAMES[0], OTHER}),
        ("?chua-dem=co", {NAMES[1], NAMES[2]}),
        ("?xa=khong-co", set()),
        ("?q=nho+hong", {NAMES[0]}),
        ("?q=C%C4%90+th%C3%B4n+nho", {NAMES[0], OTHER}),
    ],
)
def test_filters_show_exactly_their_rows(
    query: str, found: set[str], hand: Client, branches: list[Branch]
) -> None:
    assert listed(hand, query) == found


def test_list_of_one_commune(hand: Client, branches: list[Branch]) -> None:
    assert listed(hand, f"?xa={branches[0].commune_id}") == set(NAMES)


def test_without_a_rule_nothing_falls_short(hand: Client, branches: list[Branch]) -> None:
    for rule in Threshold.objects.all():
        rule.valid_to = DAY
        rule.save()
    assert listed(hand, "?it-doan-vien=co") == listed(hand, "?chua-dem=co") == set()


def test_each_figure_leads_to_exactly_its_rows(hand: Client, branches: list[Branch]) -> None:
    tree = page(hand, FIGURES)
    cells = [
        (cell.get("href", ""), int(words_of(cell)))
        for cell in tree.iter("a")
        if cell.get("href", "").startswith(LIST)
    ]
    assert len(cells) == 9
    for address, number in cells:
        assert hand.get(address).context["cl"].result_count == number, address
    assert [number for _address, number in cells] == [1, 1, 0, 3, 1, 2, 4, 2, 2]


def test_figures_equal_a_recount(hand: Client, branches: list[Branch]) -> None:
    total = hand.get(FIGURES).context["total"]
    open_ones = [branch for branch in branches if branch.closed_on is None]
    counted = [branch.last_count for branch in open_ones if branch.last_count]
    assert (total.branches, total.members) == (len(open_ones), sum(c.members for c in counted))
    assert total.under_strength == sum(count.members < 3 for count in counted)


def test_figures_cost_the_same_for_few_and_many(hand: Client, commune_a: Commune) -> None:
    make_branch(commune_a)
    page(hand, FIGURES)
    few = count_queries(hand, FIGURES)
    for number in range(70):
        make_branch(Commune.objects.create(name=f"Xã {number}"))
    assert count_queries(hand, FIGURES) == few <= 12


def test_figures_are_for_the_whole_office(officer_a: User, reader_an: User, office: Office) -> None:
    viewer = User.objects.create_user("xem", role=Role.VIEWER)
    answers = [signed_in(user).get(FIGURES).status_code for user in (officer_a, reader_an, viewer)]
    assert answers == [302, 302, 200]


def rows_of(answer: Any) -> list[tuple[Any, ...]]:
    """The cells of a workbook."""
    book = load_workbook(BytesIO(answer.getvalue()))
    return [*book.active.iter_rows(values_only=True)]


def test_workbook_holds_what_the_list_shows(
    hand: Client, hoan: User, branches: list[Branch], office: Office
) -> None:
    answer = hand.get(f"{LIST}xuat-excel/?it-doan-vien=co")
    rows = rows_of(answer)
    assert ("no-store" in answer["Cache-Control"], answer.status_code) == (True, 200)
    assert answer["Content-Disposition"].endswith('"danh-sach-chi-doan-2024-10-20.xlsx"')
    assert [row[0] for row in rows[:3]] == [str(office), "12:00 20/10/2024", "Danh sách chi đoàn"]
    head, *body = rows[3:]
    assert head[:5] == ("STT", "Xã, phường", "Chi đoàn", "Loại chi đoàn", "Đoàn viên")
    found = [(row[0], row[1], row[2], row[4], row[7].date()) for row in body]
    assert found == [
        (1, "xã Đồng Tiến", "Chi đoàn thôn Nhỏ", 1, date(2024, 9, 1)),
        (2, "xã Hồng Lạc", "Chi đoàn thôn Nhỏ", 2, date(2024, 10, 1)),
    ]
    event = Event.objects.get(kind=Event.Kind.EXPORTED)
    assert (event.by, event.subject, event.detail["rows"]) == (hoan, "Danh sách chi đoàn", 2)


def test_officers_export_holds_the_own_commune_alone(
    officer_a: User, branches: list[Branch]
) -> None:
    rows = rows_of(signed_in(officer_a).get("/lam-viec/chi-doan/xuat-excel/"))
    assert {row[2] for row in rows[4:]} == {
        f"Chi đoàn {name}" for name in ("thôn Nhỏ", "thôn Lớn", "thôn Mới")
    }
    assert "Đồng Tiến" not in str(rows)


def test_list_of_communes_goes_out(hand: Client, branches: list[Branch]) -> None:
    rows = rows_of(hand.get("/quan-tri/branches/commune/xuat-excel/"))
    assert [row[1:5] for row in rows[4:]] == [
        ("xã Đồng Tiến", None, 1, 1),
        ("xã Hồng Lạc", None, 3, 14),
    ]


def test_no_cell_is_a_formula(hand: Client, commune_a: Commune) -> None:
    for number, start in enumerate(("=1+1", "+1", "-1", "@SUM(A1)", "＝1")):
        make_branch(commune_a, name=f"{start} thôn {number}")
    answer = hand.get(f"{LIST}xuat-excel/")
    with ZipFile(BytesIO(answer.getvalue())) as book:
        text = b"".join(book.read(name) for name in book.namelist() if "sheet" in name)
    assert b"<f>" not in text
    assert any("=1+1" in str(row[2]) for row in rows_of(hand.get(f"{LIST}xuat-excel/")))


CLOSING = {"action": "close_chosen", "values": "1", "closed_on": "01/12/2024"}


def chosen(branches: list[Branch]) -> dict[str, Any]:
    """What the page sends for these branches, as it was shown."""
    seen = {f"seen-{branch.pk}": newest_version(branch) for branch in branches}
    return {"_selected_action": [branch.pk for branch in branches], **seen}


def closed() -> set[str]:
    return {branch.label for branch in Branch.objects.exclude(closed_on=None)}


def test_many_are_closed_after_a_preview(hand: Client, hoan: User, branches: list[Branch]) -> None:
    two = branches[:2]
    first = hand.post(LIST, {"action": "close_chosen", **chosen(two)}).content.decode()
    assert ("thôn Nhỏ" in first, 'name="confirm"' in first) == (True, False)
    shown = hand.post(LIST, {**CLOSING, **chosen(two), "closing_decision": "7-QĐ/ĐTN"})
    text = shown.content.decode()
    assert ("01/12/2024" in text, "7-QĐ/ĐTN" in text, 'name="confirm"' in text) == (True,) * 3
    assert closed() == {"thôn Cũ"}
    values = {**CLOSING, **chosen(two), "closing_decision": "7-QĐ/ĐTN", "confirm": "1"}
    assert hand.post(LIST, values).status_code == 302
    assert closed() == {"thôn Cũ", "thôn Nhỏ", "thôn Lớn"}
    assert "2" in notes(hand, LIST)
    version = branches[0].history.first()
    assert (version.history_user, version.closing_decision) == (hoan, "7-QĐ/ĐTN")


def test_what_changed_meanwhile_stops_the_whole_change(
    hand: Client, branches: list[Branch], admin_lan: User
) -> None:
    values = {**CLOSING, **chosen(branches[:2]), "confirm": "1"}
    second = Branch.objects.get(pk=branches[1].pk)
    second.meeting_day = 5
    signed(second, admin_lan).save()
    answer = hand.post(LIST, values)
    text = answer.content.decode()
    assert (answer.status_code, closed()) == (200, {"thôn Cũ"})
    assert admin_lan.full_name in text
    again = {**CLOSING, **chosen([branches[0], second]), "confirm": "1"}
    assert hand.post(LIST, again).status_code == 302


@pytest.mark.parametrize("day", ["", "khi nào", "32/1/2024"])
def test_bad_day_is_told_and_nothing_changes(
    day: str, hand: Client, branches: list[Branch]
) -> None:
    values = {**CLOSING, **chosen(branches[:2]), "closed_on": day, "confirm": "1"}
    answer = hand.post(LIST, values)
    assert answer.status_code == 200
    assert answer.context["form"].errors["closed_on"]
    assert closed() == {"thôn Cũ"}


def test_row_that_cannot_change_says_why(hand: Client, branches: list[Branch]) -> None:
    branches[0].founded_on = date(2025, 1, 1)
    branches[0].save()
    values = {**CLOSING, **chosen(branches[:2]), "confirm": "1"}
    text = hand.post(LIST, values).content.decode()
    assert "Ngày kết thúc phải sau ngày thành lập." in text
    assert closed() == {"thôn Cũ"}


def test_term_is_set_for_many(hand: Client, branches: list[Branch]) -> None:
    values = {
        "action": "set_term_of_chosen",
        "values": "1",
        "confirm": "1",
        "term_begins_on": "01/01/2024",
        "term_ends_on": "01/01/2029",
        **chosen(branches[:3]),
    }
    assert hand.post(LIST, values).status_code == 302
    ends = [Branch.objects.get(pk=branch.pk).term_ends_on for branch in branches]
    assert ends == [date(2029, 1, 1)] * 3 + [None] * 2


def test_viewer_has_neither_actions_nor_changes(branches: list[Branch], office: Office) -> None:
    viewer = signed_in(User.objects.create_user("xem", role=Role.VIEWER))
    assert listed(viewer) == {*NAMES, OTHER}
    viewer.post(LIST, {**CLOSING, **chosen(branches[:2]), "confirm": "1"})
    assert closed() == {"thôn Cũ"}


def test_stale_form_is_told_who_changed_what(
    hand: Client, branches: list[Branch], admin_lan: User
) -> None:
    address = f"{LIST}{branches[0].pk}/change/"
    values = form_values(page(hand, address), "branch_form")
    other = Branch.objects.get(pk=branches[0].pk)
    other.meeting_note = "Nhà văn hóa"
    signed(other, admin_lan).save()
    values["meeting_day"] = "12"
    answer = hand.post(address, values)
    text = answer.content.decode()
    assert answer.status_code == 200
    assert (admin_lan.full_name in text, "Nhà văn hóa" in text) == (True, True)
    assert Branch.objects.get(pk=other.pk).meeting_day is None
    values["seen"] = str(newest_version(other))
    assert hand.post(address, values).status_code == 302
    assert Branch.objects.get(pk=other.pk).meeting_day == 12


def test_count_entered_in_the_form_becomes_the_newest(hand: Client, branches: list[Branch]) -> None:
    address = f"{LIST}{branches[0].pk}/change/"
    values = form_values(page(hand, address), "branch_form")
    values |= {"counts-1-counted_on": "20/10/2024", "counts-1-members": "4"}
    assert hand.post(address, values).status_code == 302
    last = Branch.objects.get(pk=branches[0].pk).last_count
    assert last is not None
    assert (last.counted_on, last.members) == (DAY, 4)


def test_form_shows_the_newest_counts_alone(hand: Client, commune_a: Commune) -> None:
    branch = make_branch(commune_a)
    for number in range(40):
        day = DAY - timedelta(days=number)
        HeadCount.objects.create(branch=branch, counted_on=day, members=number)
    address = f"{LIST}{branch.pk}/change/"
    values = form_values(page(hand, address), "branch_form")
    shown = [value for name, value in values.items() if name.endswith("-members") and value]
    assert shown == [str(number) for number in range(24)]
    values["counts-0-members"] = "77"
    assert hand.post(address, values).status_code == 302
    assert branch.counts.order_by("-counted_on").values_list("members", flat=True)[0] == 77
    assert branch.counts.count() == 40


def test_report_is_settled_with_what_was_done(
    hand: Client, hoan: User, branches: list[Branch]
) -> None:
    report = MistakeReport.objects.create(branch=branches[0], text="Sai tên thôn.")
    address = f"{REPORTS}{report.pk}/change/"
    empty = hand.post(address, {"outcome": " "})
    assert (empty.status_code, empty.context["adminform"].errors != {}) == (200, True)
    assert hand.post(address, {"outcome": "Đã sửa tên."}).status_code == 302
    report.refresh_from_db()
    assert (report.settled_by, report.outcome) == (hoan, "Đã sửa tên.")
    assert hand.post(address, {"outcome": "Lần nữa."}).status_code == 403
    assert MistakeReport.objects.get().outcome == "Đã sửa tên."


def test_branches_are_not_deleted(hand: Client, branches: list[Branch]) -> None:
    answer = hand.get(f"{LIST}{branches[0].pk}/delete/")
    assert (answer.status_code, "Không xóa chi đoàn" in answer.content.decode()) == (403, True)
    assert hand.post(f"{LIST}{branches[0].pk}/delete/", {"post": "yes"}).status_code == 403
    assert Branch.objects.count() == len(branches)


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_of_two_confirms_at_once_one_closes(
    office: Office, commune_a: Commune, today: Callable[[], None]
) -> None:
    people = [User.objects.create_user(name, role=Role.DISTRICT_STAFF) for name in ("hoan", "an")]
    rows = [make_branch(commune_a) for _number in range(4)]
    values = {**CLOSING, **chosen(rows), "confirm": "1"}
    clients = [signed_in(person) for person in people]
    days = ["01/12/2024", "15/12/2024"]

    def send(number: int) -> Callable[[], int]:
        own = {**values, "closed_on": days[number]}
        return lambda: clients[number].post(LIST, own).status_code

    assert sorted(at_once(send(0), send(1))) == [200, 302]
    assert len({branch.closed_on for branch in Branch.objects.all()}) == 1
    assert [branch.history.count() for branch in Branch.objects.all()] == [2] * 4
