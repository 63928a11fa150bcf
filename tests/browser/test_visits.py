"""The counter as browsers meet it: what one reader adds, what nobody adds, what is shown."""

import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import MakeVisitor, Visitor
from tests.browser.demo import ROOT, Demo
from tests.portal.captures import real_capture

pytestmark = pytest.mark.browser

PERSON = (
    "Mozilla/5.0 (Linux; Android 14; SM-A155F) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/130.0.0.0 Mobile Safari/537.36"
)
ZALO = f"{PERSON} Zalo android/12100625 ZaloTheme/light ZaloLanguage/vi"
FACEBOOK = f"{PERSON} [FB_IAB/FB4A;FBAV/468.0.0.0;]"
BEACON = "/luot-truy-cap/"
TOTAL = "[data-counter] [data-figure=total]"


def stored(demo: Demo) -> int:
    """The total as the database has it: all days and all entries of the ledger."""
    sums = (
        "SELECT (SELECT SUM(visits) FROM visits_visitday)"
        " + (SELECT COALESCE(SUM(amount), 0) FROM visits_visitadjustment)"
    )
    with closing(sqlite3.connect(demo.var_dir / "portal.sqlite3")) as connection:
        return int(connection.execute(sums).fetchone()[0])


def seen(visitor: Visitor, path: str = "/") -> int:
    """Open a page, wait until the counter has answered, and return the total that it answered."""
    with visitor.page.expect_response(f"**{BEACON}") as told:
        visitor.open(path)
    total = int(told.value.json()["total"])
    expect(visitor.page.locator(TOTAL)).to_have_text(f"{total:,}".replace(",", "."))
    return total


@pytest.mark.parametrize("agent", [PERSON, ZALO, FACEBOOK], ids=["phone", "Zalo", "Facebook"])
def test_new_reader_adds_one_and_whatever_follows_nothing(
    visitor: MakeVisitor, workshop: Demo, agent: str
) -> None:
    before = stored(workshop)
    reader = visitor(workshop, 360, user_agent=agent)
    assert seen(reader) == stored(workshop) == before + 1
    with reader.page.expect_response(f"**{BEACON}"):
        reader.page.reload()
    assert seen(reader, "/tin-tuc/") == seen(reader, "/lien-he/") == before + 1
    assert stored(workshop) == before + 1
    assert reader.page.context.cookies() == []
    assert reader.watch.faults == []


def test_two_tabs_opened_at_once_are_one_visit(visitor: MakeVisitor, workshop: Demo) -> None:
    before = stored(workshop)
    reader = visitor(workshop, user_agent=PERSON)
    other = reader.page.context.new_page()
    with other.expect_response(f"**{BEACON}"), reader.page.expect_response(f"**{BEACON}"):
        other.goto(f"{workshop.address}/tin-tuc/", wait_until="commit")
        reader.page.goto(f"{workshop.address}/", wait_until="commit")
    assert stored(workshop) == before + 1
    assert seen(visitor(workshop, user_agent=PERSON)) == before + 2


def test_token_is_dropped_after_half_an_hour_without_a_page(
    visitor: MakeVisitor, workshop: Demo
) -> None:
    reader = visitor(workshop, user_agent=PERSON)
    before = stored(workshop)
    tokens = []
    seen(reader)
    for age in (0, 29, 31):
        reader.page.evaluate(
            """(minutes) => {
              const kept = JSON.parse(localStorage.getItem("luot-truy-cap"));
              kept.at -= minutes * 60000;
              localStorage.setItem("luot-truy-cap", JSON.stringify(kept));
            }""",
            age,
        )
        seen(reader)
        tokens.append(reader.page.evaluate("localStorage.getItem('luot-truy-cap')"))
    first, second, third = (token[10:42] for token in tokens)
    assert first == second != third
    assert stored(workshop) == before + 2


@pytest.mark.parametrize("kept", ["{", "null", '{"token":"x","at":1}', '{"token":{},"at":"9"}'])
def test_what_is_no_token_is_replaced(visitor: MakeVisitor, workshop: Demo, kept: str) -> None:
    before = stored(workshop)
    reader = visitor(workshop, user_agent=PERSON)
    reader.page.add_init_script(f"localStorage.setItem('luot-truy-cap', {kept!r})")
    assert seen(reader) == before + 1
    assert reader.watch.faults == []


def test_browser_that_keeps_nothing_is_known_by_address_and_name(
    visitor: MakeVisitor, workshop: Demo
) -> None:
    before = stored(workshop)
    agent = f"{PERSON} khong-luu"
    for _reader in range(2):
        reader = visitor(workshop, user_agent=agent)
        reader.page.add_init_script(
            "Object.defineProperty(window, 'localStorage', {get() { throw new Error('no') }})"
        )
        assert seen(reader) == before + 1
    assert stored(workshop) == before + 1


def test_page_counts_only_once_it_is_seen(visitor: MakeVisitor, workshop: Demo) -> None:
    before = stored(workshop)
    reader = visitor(workshop, user_agent=PERSON)
    reader.page.add_init_script(
        "let state = 'hidden';"
        "Object.defineProperty(document, 'visibilityState', {get: () => state});"
        "window.reveal = () => {"
        "  state = 'visible'; document.dispatchEvent(new Event('visibilitychange')); };"
    )
    reader.open("/")
    reader.page.wait_for_timeout(300)
    assert BEACON not in reader.watch.requests
    with reader.page.expect_response(f"**{BEACON}"):
        reader.page.evaluate("reveal()")
    assert stored(workshop) == before + 1


def test_page_works_while_the_counter_does_not_and_is_counted_when_the_line_is_back(
    visitor: MakeVisitor, workshop: Demo
) -> None:
    before = stored(workshop)
    reader = visitor(workshop, user_agent=PERSON)
    reader.page.route(f"**{BEACON}", lambda route: route.abort())
    with reader.page.expect_event("requestfailed"):
        reader.open("/")
    # The page itself holds numbers, at most a minute old.
    expect(reader.page.locator(TOTAL)).to_have_text(re.compile(r"^[0-9]{2,3}\.[0-9]{3}$"))
    reader.page.unroute(f"**{BEACON}")
    with reader.page.expect_response(f"**{BEACON}"):
        reader.page.evaluate("dispatchEvent(new Event('online'))")
    assert stored(workshop) == before + 1


def test_somebody_signed_in_and_a_robot_add_nothing(visitor: MakeVisitor, workshop: Demo) -> None:
    before = stored(workshop)
    tam = visitor(workshop, user_agent=PERSON)
    tam.sign_in()
    assert seen(tam) == seen(tam, "/tin-tuc/") == before
    robot = visitor(workshop)
    assert "HeadlessChrome" in robot.page.evaluate("navigator.userAgent")
    assert seen(robot) == before
    assert stored(workshop) == before


def test_error_pages_and_the_back_office_do_not_count(visitor: MakeVisitor, workshop: Demo) -> None:
    reader = visitor(workshop, user_agent=PERSON)
    for path in ("/khong-co/", "/tai-khoan/dang-nhap/"):
        reader.open(path)
        reader.page.wait_for_load_state("networkidle")
    assert BEACON not in reader.watch.requests


def test_total_of_the_old_portal_is_added_to_what_was_counted_here(
    visitor: MakeVisitor, workshop: Demo
) -> None:
    counted = stored(workshop)
    environment = {**os.environ, "PORTAL_MODE": "demo", "VAR_DIR": str(workshop.var_dir)}
    environment.pop("DATABASE_URL", None)
    command = [sys.executable, "manage.py", "import_old_portal", str(real_capture()), "--counter"]
    for told in ("Đã chuyển sang lượt truy cập của cổng cũ: 237.363.", "bộ đếm giữ nguyên"):
        done = subprocess.run(
            command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True
        )
        assert told in done.stdout
    reader = visitor(workshop, user_agent=PERSON)
    assert seen(reader) == seen(reader) == 237_363 + counted + 1
    assert stored(workshop) == 237_363 + counted + 1


def drawn(page: Page, table: str) -> list[list[str | int]]:
    """What the drawing of a table shows, column by column."""
    pairs: list[list[str | int]] = page.evaluate(
        """(table) => {
          const chart = Chart.getChart(document.querySelector(`[data-chart=${table}] canvas`));
          return chart.data.labels.map((label, at) => [label, chart.data.datasets[0].data[at]]);
        }""",
        table,
    )
    return pairs


@pytest.mark.parametrize(("table", "rows"), [("bang-ngay", 30), ("bang-thang", 12)])
def test_drawing_shows_what_the_table_says(
    visitor: MakeVisitor, portal: Demo, table: str, rows: int
) -> None:
    reader = visitor(portal)
    reader.open("/thong-ke-truy-cap/")
    written: list[list[str | int]] = reader.page.locator(f"#{table} tbody tr").evaluate_all(
        "(rows) => rows.map((row) => [row.cells[0].dataset.label, "
        "Number(row.cells[1].textContent.replaceAll('.', ''))])"
    )
    assert drawn(reader.page, table) == written[::-1]
    assert len(written) == rows
    assert sum(int(row[1]) for row in written) > 500
    assert reader.watch.faults == []


def test_figures_and_tables_read_well_without_script(visitor: MakeVisitor, portal: Demo) -> None:
    reader = visitor(portal, 360, java_script_enabled=False)
    reader.open("/thong-ke-truy-cap/")
    expect(reader.page.get_by_role("region", name="Truy cập", exact=True)).to_be_visible()
    terms = reader.page.locator("[data-counter] dt").all_inner_texts()
    assert terms == ["Hôm nay", "Hôm qua", "Tuần này", "Tháng này", "Tất cả"]
    numbers = reader.page.locator("[data-counter] dd").all_inner_texts()
    assert all(number.replace(".", "").isdecimal() for number in numbers)
    expect(reader.page.get_by_role("table")).to_have_count(2)
    expect(reader.page.locator(".chart").first).to_be_hidden()


def test_long_table_can_be_read_with_the_keyboard(visitor: MakeVisitor, portal: Demo) -> None:
    reader = visitor(portal, 360)
    reader.open("/thong-ke-truy-cap/")
    region = reader.page.get_by_role("region", name="Bảng: 30 ngày gần đây")
    region.focus()
    expect(region).to_be_focused()
    reader.page.keyboard.press("End")
    # Scrolling is smooth: it begins after a while.
    for _try in range(50):
        if region.evaluate("place => place.scrollTop") > 0:
            break
        reader.page.wait_for_timeout(100)
    assert region.evaluate("place => place.scrollTop") > 0
