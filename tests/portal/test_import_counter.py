"""`import_old_portal --counter`: the total of the old portal's visitor block, taken over once."""

from datetime import date
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from news.models import Article, Category
from tests.portal.captures import page, real_capture
from tests.portal.test_import_old_portal import run, run_with_faults, write
from visits.counting import figures
from visits.models import VisitAdjustment, VisitDay

pytestmark = pytest.mark.django_db
OLD_BLOCK = "Truy cập\n\nHôm nay:\n43\nTất cả:\n237363\n"
NEW_BLOCK = "Truy cập\n\nHôm nay:\n5\nTất cả:\n240.001\n"


def ledger() -> list[tuple[str, int, int | None, str, date, int | None]]:
    """Every entry, oldest first."""
    rows = VisitAdjustment.objects.order_by("pk")
    return list(
        rows.values_list("kind", "amount", "stated_total", "reason", "effective_on", "by_id")
    )


def capture(block: str, title: str = "Ra quân") -> str:
    return page(title=title).replace(page().partition("Ra quân")[0], block)


def test_total_is_taken_once_and_a_second_run_says_so(category: Category, tmp_path: Path) -> None:
    VisitDay.objects.create(day=date(2026, 11, 1), visits=12)
    path = write(tmp_path, "trang.txt", capture(OLD_BLOCK))
    first = run(path, "--counter")
    note = "đọc từ trang.txt của cổng thông tin cũ"
    entries = [("opening", 237_363, 237_363, note, timezone.localdate(), None)]
    assert ledger() == entries
    assert figures(timezone.localdate()).total == 237_375
    assert "237.363" in first[-1]
    second = run(path, "--counter")
    assert ledger() == entries
    assert "237.363" in second[-1]
    assert second[-1] != first[-1]
    assert figures(timezone.localdate()).total == 237_375


def test_of_several_pages_the_largest_total_is_the_latest(
    category: Category, tmp_path: Path
) -> None:
    write(tmp_path, "1.txt", capture(NEW_BLOCK, "Tin một"))
    write(tmp_path, "2.txt", capture(OLD_BLOCK, "Tin hai"))
    run(tmp_path, "--counter")
    assert [(entry[1], entry[3]) for entry in ledger()] == [
        (240_001, "đọc từ 1.txt của cổng thông tin cũ")
    ]
    assert Article.objects.count() == 2


def test_dry_run_and_a_run_without_the_option_leave_the_ledger(
    category: Category, tmp_path: Path
) -> None:
    path = write(tmp_path, "trang.txt", capture(OLD_BLOCK))
    told = run(path, "--counter", "--dry-run")
    assert "237.363" in told[-1]
    assert ledger() == []
    assert Article.objects.count() == 0
    run(path)
    assert ledger() == []
    assert Article.objects.count() == 1


def test_pages_without_a_total_are_imported_and_that_is_said(
    category: Category, tmp_path: Path
) -> None:
    path = write(tmp_path, "trang.txt", capture("Hôm nay:\n43\n"))
    _lines, fault = run_with_faults(path, "--counter")
    assert fault == "Không trang nào trong số này có tổng lượt truy cập."
    assert ledger() == []
    assert Article.objects.count() == 1


def test_the_offices_page_brings_its_237363_visits(category: Category, client: Client) -> None:
    run(real_capture(), "--counter")
    assert [entry[:3] for entry in ledger()] == [("opening", 237_363, 237_363)]
    assert '<dd data-figure="total">237.363</dd>' in client.get("/").content.decode()
