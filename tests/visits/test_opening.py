"""The old portal's total: taken over once, corrected by entries, with its days if it had any."""

from collections.abc import Callable
from datetime import date
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import caches
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.utils import timezone

from branches.models import Office
from tests.visits.clock import Clock
from tests.visits.helpers import days, local, together, token, view
from visits.actions import AlreadyOpened, OldTotal, open_balance
from visits.counting import figures
from visits.daily_figures import FiguresError, read_daily_figures
from visits.models import VisitAdjustment

pytestmark = pytest.mark.django_db
AS_OF = date(2020, 11, 10)
DAYS = {date(2020, 11, 8): 43, date(2020, 11, 9): 26}
CSV = "2020-11-08,43\n2020-11-09,26\n"


def ledger() -> list[tuple[str, int, int | None]]:
    rows = VisitAdjustment.objects.order_by("pk")
    return list(rows.values_list("kind", "amount", "stated_total"))


def total() -> int:
    return figures(timezone.localdate()).total


def run(*options: str, total: int = 237_363, as_of: str = "2020-11-10") -> str:
    out = StringIO()
    wanted = ["--total", str(total), "--as-of", as_of, "--note", "Đọc ở trang chủ cũ"]
    call_command("visits_opening", *wanted, *options, stdout=out)
    return out.getvalue()


def fault(*options: str, **more: Any) -> str:
    with pytest.raises(CommandError) as caught:
        run(*options, **more)
    return str(caught.value)


def test_total_is_the_old_one_plus_what_is_counted_here(clock: Clock) -> None:
    assert "237.363" in run()
    view(token(1))
    view(token(2))
    assert total() == 237_365
    assert figures(timezone.localdate())[:4] == (2, 0, 2, 2)
    (entry,) = VisitAdjustment.objects.all()
    assert (entry.reason, entry.effective_on, entry.by) == ("Đọc ở trang chủ cũ", AS_OF, None)


def test_yet_to_come_is_what_the_offices_calendar_says(clock: Clock, office: Office) -> None:
    """At half past eight in Hà Nội it is half past two of the next day in Auckland."""
    clock.move_to(local(2024, 5, 15, 20, 30))
    assert "chưa đến" in fault(as_of="2024-05-16")
    office.time_zone = "Pacific/Auckland"
    office.save()
    caches["process"].clear()
    assert "237.363" in run(as_of="2024-05-16")


def test_second_run_is_refused_and_changes_nothing() -> None:
    run()
    assert "237.363" in fault(total=5)
    assert ledger() == [("opening", 237_363, 237_363)]


def test_replace_adds_the_difference() -> None:
    run()
    run("--replace", total=237_400)
    run("--replace", total=200_000)
    assert "giữ nguyên" in run("--replace", total=200_000)
    assert ledger() == [
        ("opening", 237_363, 237_363),
        ("correction", 37, 237_400),
        ("correction", -37_400, 200_000),
    ]
    assert total() == 200_000


def test_replace_without_an_opening_opens() -> None:
    run("--replace")
    assert ledger() == [("opening", 237_363, 237_363)]


def test_days_become_ours_and_the_rest_the_opening(tmp_path: Path) -> None:
    path = tmp_path / "ngay.csv"
    path.write_text(CSV, "utf-8")
    run("--days", str(path))
    assert days() == DAYS
    assert ledger() == [("opening", 237_363 - 69, 237_363)]
    assert total() == 237_363
    assert "08/11/2020" in fault("--days", str(path), "--replace")
    run("--replace", total=237_463)
    assert ledger()[1:] == [("correction", 100, 237_463)]
    path.write_text("01/11/2020;10\n", "utf-8")
    run("--days", str(path), "--replace", total=237_463)
    assert ledger()[2:] == [("correction", -10, 237_463)]
    assert total() == 237_463


@pytest.mark.parametrize(
    ("old", "words"),
    [
        (OldTotal(68, AS_OF, "x", DAYS), "nhiều hơn tổng số"),
        (OldTotal(100, date(2020, 11, 8), "x", DAYS), "09/11/2020"),
        (OldTotal(100, date(2999, 1, 1), "x"), "chưa đến"),
    ],
    ids=["too many", "later", "future"],
)
def test_what_cannot_be_is_refused_whole(old: OldTotal, words: str) -> None:
    with pytest.raises(Exception, match=words):
        open_balance(old, by=None)
    assert (ledger(), days()) == ([], {})


def test_day_that_was_counted_here_is_refused(clock: Clock) -> None:
    view(token(1))
    old = OldTotal(100, date(2024, 5, 15), "x", {date(2024, 5, 15): 1})
    with pytest.raises(Exception, match="15/05/2024"):
        open_balance(old, by=None)
    assert (ledger(), days()) == ([], {date(2024, 5, 15): 1})


def test_command_refuses_a_total_below_zero_and_a_missing_file(tmp_path: Path) -> None:
    assert "âm" in fault(total=-1)
    assert "khong-co.csv" in fault("--days", str(tmp_path / "khong-co.csv"))
    assert ledger() == []


@pytest.mark.parametrize(
    "text",
    [
        CSV,
        "\ufeff" + CSV,
        CSV.replace(",", ";"),
        "08/11/2020,43\r\n9/11/2020,26\r\n",
        "Ngày,Lượt\n\n" + CSV,
        "Ngày;Lượt\n 2020-11-08 ; 43 \n2020-11-9;26;\n",
        '"Ngày","Lượt"\n"2020-11-08","43"\n"9/11/2020" , "26"\n',
    ],
)
def test_daily_figures_are_read_in_any_usual_form(tmp_path: Path, text: str) -> None:
    path = tmp_path / "ngay.csv"
    path.write_bytes(text.encode())
    assert read_daily_figures(path) == DAYS


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (CSV.encode() + b"2020-11-31,1\n", "Dòng 3"),
        (CSV.encode() + b"2020-11-10,-1\n", "Dòng 3"),
        (CSV.encode() + b"2020-11-10\n", "Dòng 3"),
        (CSV.encode() + b"2020-11-10,1.5\n", "Dòng 3"),
        (CSV.encode() + b"08/11/2020,1\n", "Dòng 3"),
        (b"hom nay,43\n", "Dòng 1"),
        (b"", "không có ngày"),
        (b"\xff\xfe,", "UTF-8"),
        (b"2020-11-08,1\n" * 90_000, "1 MB"),
    ],
)
def test_bad_line_is_named(tmp_path: Path, data: bytes, words: str) -> None:
    path = tmp_path / "ngay.csv"
    path.write_bytes(data)
    with pytest.raises(FiguresError, match=words):
        read_daily_figures(path)


@pytest.mark.django_db(transaction=True)
def test_of_many_who_open_at_once_one_does() -> None:
    def opener(number: int) -> Callable[[], int | None]:
        def run() -> int | None:
            try:
                entry = open_balance(OldTotal(number, AS_OF, "cùng lúc"), by=None)
            except AlreadyOpened:
                return None
            return entry.amount if entry else 0

        return run

    amounts = together([opener(number) for number in range(1, 9)])
    (amount,) = [amount for amount in amounts if amount is not None]
    assert ledger() == [("opening", amount, amount)]


@pytest.mark.django_db(transaction=True)
def test_corrections_at_once_follow_one_another() -> None:
    open_balance(OldTotal(1000, AS_OF, "mở sổ"), by=None)
    wanted = [1000 + number for number in range(1, 9)]
    together(
        [
            partial(open_balance, OldTotal(total, AS_OF, "sửa"), replace=True, by=None)
            for total in wanted
        ]
    )
    stated = [entry[2] for entry in ledger()][1:]
    assert sorted(filter(None, stated)) == wanted
    assert sum(entry[1] for entry in ledger()) == stated[-1] == total()


@pytest.mark.django_db(transaction=True)
def test_of_many_who_open_at_once_with_the_same_days_one_does() -> None:
    old = OldTotal(1000, AS_OF, "cùng lúc", DAYS)

    def run() -> str:
        try:
            entry = open_balance(old, by=None)
        except AlreadyOpened as error:
            return f"refused {error.total}"
        return f"added {entry and entry.amount}"

    assert sorted(together([run] * 8)) == ["added 931", *["refused 1000"] * 7]
    assert ledger() == [("opening", 931, 1000)]
    assert (days(), total()) == (DAYS, 1000)


def test_days_that_explain_the_whole_difference_leave_the_new_total_stated() -> None:
    open_balance(OldTotal(1000, AS_OF, "mở sổ"), by=None)
    open_balance(OldTotal(1069, AS_OF, "thêm hai ngày", DAYS), replace=True, by=None)
    assert total() == 1069
    open_balance(OldTotal(1100, AS_OF, "sửa"), replace=True, by=None)
    assert total() == 1100
    assert ledger() == [("opening", 1000, 1000), ("correction", 0, 1069), ("correction", 31, 1100)]


def test_total_beyond_all_measure_is_refused_for_what_it_is() -> None:
    assert "quá lớn" in fault(total=10**12 + 1)
    assert "quá lớn" in fault(total=10**30)
    assert ledger() == []
    run(total=10**12)
    assert "quá lớn" in fault("--replace", total=10**12 + 1)
    assert total() == 10**12


def test_note_is_wanted_and_of_bounded_length() -> None:
    for note in ("", "   ", "x" * 301):
        with pytest.raises(ValidationError):
            open_balance(OldTotal(100, AS_OF, note, DAYS), by=None)
    assert (ledger(), days()) == ([], {})


def test_a_correction_below_what_is_counted_here_is_refused_whole(clock: Clock) -> None:
    open_balance(OldTotal(100, AS_OF, "mở sổ", DAYS), by=None)
    open_balance(OldTotal(69, AS_OF, "sửa"), replace=True, by=None)
    view(token(1))
    assert total() == 70
    old = OldTotal(0, AS_OF, "sửa", {date(2020, 11, 7): 0})
    open_balance(old, replace=True, by=None)
    assert total() == 1
    with pytest.raises(ValidationError):
        open_balance(OldTotal(-1, AS_OF, "sửa"), replace=True, by=None)
    assert total() == 1


def test_a_quote_that_never_ends_spoils_no_more_than_its_line(tmp_path: Path) -> None:
    path = tmp_path / "ngay.csv"
    path.write_text(CSV + '"2020-11-10,1"' + "\n2020-11-10,1" * 20_000, "utf-8")
    with pytest.raises(FiguresError, match="Dòng 4"):
        read_daily_figures(path)
    path.write_text("Ngày,Lượt\n" + CSV + '"' + "x\n" * 100_000, "utf-8")
    assert "Dòng 4" in fault("--days", str(path))


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    assert str(tmp_path) in fault("--days", str(tmp_path))
