"""The officer's workspace on a phone: own commune, large targets, keyboard, no script."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import MakeVisitor
from tests.browser.demo import Demo
from tests.browser.test_keyboard import stops
from tests.browser.words import say

pytestmark = pytest.mark.browser
HOME = "/lam-viec/"
LEAST_TARGET_PX = 44


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_officer_comes_to_the_own_commune(visitor: MakeVisitor, portal: Demo, script: bool) -> None:
    bac = visitor(portal, 360, java_script_enabled=script)
    bac.sign_in("honglac")
    bac.open(HOME)
    main = bac.page.get_by_role("main")
    expect(main).to_contain_text("xã Hồng Lạc")
    expect(main).not_to_contain_text("Đông Hòa")
    expect(main.get_by_role("heading", level=2, name=say("What needs doing"))).to_be_visible()
    assert main.get_by_role("link", name=say("Records of the office")).count() == 0
    for link in main.get_by_role("listitem").get_by_role("link").all():
        box = link.bounding_box()
        assert box is not None
        assert box["height"] >= LEAST_TARGET_PX
    assert bac.open("/quan-tri/").url != f"{portal.address}/quan-tri/"
    assert bac.watch.faults == []


def test_keyboard_reaches_everything(visitor: MakeVisitor, portal: Demo) -> None:
    canbo = visitor(portal, 360, reduced_motion="reduce")
    canbo.sign_in("canbo")
    canbo.open(HOME)
    found = stops(canbo.page)
    texts = [stop["text"] for stop in found if stop["part"] == "main"]
    assert {say("Records of the office"), say("Who may do what")} <= set(texts)
    assert [stop["text"] for stop in found if not stop["outlined"]] == []
