"""An officer counts on a phone: nothing typed is lost, and nobody is overwritten unseen."""

import os
import subprocess
import sys

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.conftest import MakeVisitor, Visitor
from tests.browser.demo import ROOT, Demo
from tests.browser.test_keyboard import stops
from tests.browser.test_staff_pages import staff_faults
from tests.browser.words import say

pytestmark = pytest.mark.browser
LIST, COUNT = "/lam-viec/chi-doan/", "/lam-viec/chi-doan/dem/"
NAMES = ["Bến Một", "Bến Hai", "Bến Ba", "Bến Bốn", "Bến Năm", "Bến Sáu"]
MAKE = """
from branches.models import Branch, Commune, MistakeReport
commune = Commune.objects.get(name="Hồng Lạc")
for name in {names}:
    branch = Branch.objects.create(commune=commune, area_kind="thon", name=name)
    MistakeReport.objects.create(branch=branch, text="Sai tên thôn.")
"""


@pytest.fixture(scope="module")
def desk(workshop: Demo) -> Demo:
    """The workshop with branches of these tests alone."""
    environment = {**os.environ, "PORTAL_MODE": "demo", "VAR_DIR": str(workshop.var_dir)}
    command = [sys.executable, "manage.py", "shell", "-c", MAKE.format(names=NAMES)]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
    return workshop


def line(page: Page, name: str) -> Locator:
    """The small form of one branch."""
    return page.get_by_role("form", name=f"Chi đoàn thôn {name}")


def box(page: Page, name: str, label: str = "members") -> Locator:
    return line(page, name).get_by_label(say(label), exact=True)


def officer(visitor: MakeVisitor, desk: Demo, *, script: bool = True) -> Visitor:
    bac = visitor(desk, 360, java_script_enabled=script)
    bac.sign_in("honglac")
    bac.open(COUNT)
    return bac


def drop_posts(route: Route) -> None:
    if route.request.method == "POST":
        route.abort("aborted")
    else:
        route.continue_()


def test_figures_outlive_a_dropped_line_and_a_reload(visitor: MakeVisitor, desk: Demo) -> None:
    bac = officer(visitor, desk)
    page = bac.page
    page.route(f"**{COUNT}", drop_posts)
    for name, number in (("Bến Một", "12"), ("Bến Hai", "7")):
        box(page, name).fill(number)
    box(page, "Bến Ba").focus()
    for name in ("Bến Một", "Bến Hai"):
        expect(line(page, name)).to_contain_text(say("Could not be sent; it will be sent again."))
    page.reload()
    expect(box(page, "Bến Một")).to_have_value("12")
    expect(line(page, "Bến Hai")).to_contain_text(say("Could not be sent; it will be sent again."))
    page.unroute(f"**{COUNT}")
    page.evaluate("dispatchEvent(new Event('online'))")
    for name in ("Bến Một", "Bến Hai"):
        expect(line(page, name).get_by_role("status")).to_contain_text("Đã lưu lúc")
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('dem:'))") == []
    page.reload()
    expect(box(page, "Bến Hai")).to_have_value("7")
    assert bac.watch.faults == []


def test_figures_of_another_day_are_pointed_to_and_sent_there(
    visitor: MakeVisitor, desk: Demo
) -> None:
    bac = officer(visitor, desk)
    bac.open(f"{COUNT}?ngay=2024-01-31")
    bac.page.route(f"**{COUNT}", drop_posts)
    box(bac.page, "Bến Hai").fill("33")
    box(bac.page, "Bến Ba").focus()
    expect(line(bac.page, "Bến Hai")).to_contain_text(
        say("Could not be sent; it will be sent again.")
    )
    bac.open(COUNT)
    expect(box(bac.page, "Bến Hai")).not_to_have_value("33")
    bac.page.unroute(f"**{COUNT}")
    bac.page.get_by_role("link", name="31/01/2024").click()
    expect(box(bac.page, "Bến Hai")).to_have_value("33")
    expect(line(bac.page, "Bến Hai").get_by_role("status")).to_contain_text("Đã lưu lúc")
    bac.open(COUNT)
    expect(bac.page.get_by_role("link", name="31/01/2024")).to_have_count(0)
    assert bac.watch.faults == []


def test_line_is_sent_when_it_is_left_and_a_fault_stands_in_it(
    visitor: MakeVisitor, desk: Demo
) -> None:
    bac = officer(visitor, desk)
    box(bac.page, "Bến Ba").fill("5")
    box(bac.page, "Bến Ba", "Party members").fill("6")
    box(bac.page, "Bến Bốn").focus()
    party = box(bac.page, "Bến Ba", "Party members")
    expect(party).to_have_attribute("aria-invalid", "true")
    expect(line(bac.page, "Bến Ba").get_by_role("status")).to_have_text(say("Not saved."))
    party.fill("2")
    box(bac.page, "Bến Bốn").focus()
    expect(line(bac.page, "Bến Ba").get_by_role("status")).to_contain_text("Đã lưu lúc")
    expect(party).not_to_have_attribute("aria-invalid", "true")
    assert bac.watch.faults == []


def test_line_is_saved_without_script(visitor: MakeVisitor, desk: Demo) -> None:
    bac = officer(visitor, desk, script=False)
    box(bac.page, "Bến Bốn").fill("8")
    line(bac.page, "Bến Bốn").get_by_role("button").click()
    expect(box(bac.page, "Bến Bốn")).to_have_value("8")
    expect(line(bac.page, "Bến Bốn")).to_contain_text("Hoàng Văn Bắc")
    box(bac.page, "Bến Bốn").fill("")
    line(bac.page, "Bến Bốn").get_by_role("button").click()
    expect(box(bac.page, "Bến Bốn")).to_have_attribute("aria-invalid", "true")


def test_second_browser_is_told_and_overwrites_knowingly(visitor: MakeVisitor, desk: Demo) -> None:
    bac = officer(visitor, desk)
    staff = visitor(desk)
    staff.sign_in("canbo")
    staff.open(f"{COUNT}?xa=xa-hong-lac")
    box(staff.page, "Bến Năm").fill("20")
    line(staff.page, "Bến Năm").get_by_role("button").click()
    expect(line(staff.page, "Bến Năm").get_by_role("status")).to_contain_text("Đã lưu lúc")
    box(bac.page, "Bến Năm").fill("21")
    box(bac.page, "Bến Bốn").focus()
    told = line(bac.page, "Bến Năm").get_by_role("status")
    expect(told).to_contain_text("Trịnh Công Đoàn")
    expect(told).to_contain_text("20")
    # Leaving the line again overwrites nothing; the button does.
    box(bac.page, "Bến Năm").focus()
    box(bac.page, "Bến Bốn").focus()
    expect(told).to_contain_text("Trịnh Công Đoàn")
    line(bac.page, "Bến Năm").get_by_role("button").click()
    expect(told).to_contain_text("Đã lưu lúc")
    staff.page.reload()
    expect(box(staff.page, "Bến Năm")).to_have_value("21")
    assert [*bac.watch.faults, *staff.watch.faults] == []


def test_keyboard_alone_counts_a_branch(visitor: MakeVisitor, desk: Demo) -> None:
    bac = officer(visitor, desk)
    box(bac.page, "Bến Sáu").focus()
    for key in ("9", "Tab", "1", "Tab", "3", "0", "Enter"):
        bac.page.keyboard.press(key)
    expect(line(bac.page, "Bến Sáu").get_by_role("status")).to_contain_text("Đã lưu lúc")
    bac.open(LIST)
    assert [stop["text"] for stop in stops(bac.page) if not stop["outlined"]] == []


@pytest.mark.parametrize("width", [360, 1280])
def test_pages_of_the_officer_are_sound(visitor: MakeVisitor, desk: Demo, width: int) -> None:
    bac = visitor(desk, width)
    bac.sign_in("honglac")
    paths = [LIST, COUNT, "/lam-viec/don-vi/", "/lam-viec/bao-sai/", f"{LIST}?loc=chua-dem"]
    bac.open(LIST)
    main = bac.page.get_by_role("main")
    branch = main.get_by_role("heading", level=2).get_by_role("link").first
    paths.append(branch.get_attribute("href") or "")
    bac.open("/lam-viec/bao-sai/")
    paths.append(main.get_by_role("link", name=say("Settle")).first.get_attribute("href") or "")
    faults = []
    for path in paths:
        assert bac.open(path).status == 200, path
        faults += [f"{path} {fault}" for fault in staff_faults(bac.page)]
        for target in main.get_by_role("link").all() + main.get_by_role("button").all():
            size = target.bounding_box()
            if size is not None and size["height"] < 44:
                faults.append(f"{path} {target.inner_text()} is {size['height']} px high")
    assert not faults, "\n".join(faults)
    assert bac.watch.faults == []
