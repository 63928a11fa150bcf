"""A reader without script finds a branch and says what is wrong on its page."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import MakeVisitor
from tests.browser.demo import Demo
from tests.browser.test_public_pages import axe_faults
from tests.browser.words import say

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", [360, 1280])
def test_branch_is_found_and_a_mistake_reported(
    visitor: MakeVisitor, workshop: Demo, village: str, width: int
) -> None:
    somebody = visitor(workshop, width, java_script_enabled=False)
    somebody.open("/chi-doan/")
    page = somebody.page
    main = page.get_by_role("main")
    main.get_by_role("searchbox").fill("thu nghiem")
    main.get_by_role("searchbox").press("Enter")
    main.get_by_role("link", name="Thôn Thử Nghiệm").first.click()
    expect(page).to_have_url(workshop.address + village)
    main.get_by_role("link", name=say("Report a mistake")).click()
    room = page.evaluate("document.documentElement.clientWidth")
    assert page.evaluate("document.documentElement.scrollWidth") <= room
    expect(main.get_by_role("textbox")).to_have_count(2)
    text = main.get_by_role("textbox").first
    main.get_by_role("button", name=say("Send")).click()
    expect(main.locator(".invalid-feedback")).to_be_visible()
    text.fill(f"Ngày sinh hoạt chưa đúng ({width}).")
    main.get_by_role("button", name=say("Send")).click()
    expect(page).to_have_url(f"{workshop.address}{village}?da-gui=1")
    expect(main.get_by_role("status")).to_be_visible()
    assert somebody.watch.faults == []


def test_form_and_branch_have_no_barriers(
    visitor: MakeVisitor, workshop: Demo, village: str
) -> None:
    somebody = visitor(workshop, 360)
    for path in (village, f"{village}bao-sai/"):
        assert somebody.open(path).status == 200
        assert axe_faults(somebody.page) == []
