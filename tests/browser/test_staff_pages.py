"""Every kind of page in the back office, on a phone and a laptop: nothing is wrong."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import MakeVisitor
from tests.browser.demo import Demo
from tests.browser.pages import SIGN_IN, STAFF
from tests.browser.test_public_pages import axe_faults
from tests.browser.words import say

pytestmark = pytest.mark.browser

# Django's own controls without a label of their own; each is described by what stands beside it.
OF_DJANGO = ("search-label-icon",)


def staff_faults(page: Page) -> list[str]:
    """What is wrong with the page that is open, but for what Django's own controls lack."""
    width, room = page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    found = [fault for fault in axe_faults(page) if not any(own in fault for own in OF_DJANGO)]
    serious = [fault for fault in found if "(serious)" in fault or "(critical)" in fault]
    if width > room:
        serious.append(f"{page.url} scrolls sideways: {width} px in {room}")
    if page.get_attribute("html", "lang") != "vi":
        serious.append(f"{page.url} does not say that it is Vietnamese")
    return serious


@pytest.mark.parametrize("width", [360, 1280])
def test_staff_pages_are_sound(visitor: MakeVisitor, portal: Demo, width: int) -> None:
    tam = visitor(portal, width)
    tam.open(SIGN_IN)
    faults = staff_faults(tam.page)
    tam.sign_in()
    for path in STAFF.values():
        assert tam.open(path).status == 200, path
        if "/article/add/" in path or "/article/1/change/" in path:
            expect(tam.page.locator("[contenteditable=true]")).to_be_visible()
        faults += [f"{path} {fault}" for fault in staff_faults(tam.page)]
    assert not faults, "\n".join(faults)
    assert tam.watch.faults == []


@pytest.mark.parametrize("width", [360, 1280])
def test_page_of_an_earlier_version_is_sound(
    visitor: MakeVisitor, workshop: Demo, width: int
) -> None:
    tam = visitor(workshop, width)
    tam.sign_in()
    tam.open(STAFF["article"])
    tam.page.get_by_role("link", name=say("History")).click()
    tam.page.get_by_role("main").get_by_role("table").get_by_role("link").last.click()
    expect(tam.page.get_by_role("heading", level=1)).to_contain_text("“")
    assert staff_faults(tam.page) == []
    assert tam.watch.faults == []
