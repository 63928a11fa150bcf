"""The portal by keyboard alone."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import MakeVisitor
from tests.browser.demo import Demo
from tests.browser.pages import PUBLIC
from tests.browser.words import say

pytestmark = pytest.mark.browser

MAX_STOPS = 150
FOCUSED = """() => {
  const element = document.activeElement;
  if (element === document.body) return null;
  const style = getComputedStyle(element);
  const box = element.getBoundingClientRect();
  return {
    part: element.closest("header, main, aside, footer")?.localName ?? "top",
    text: element.textContent.trim() || element.name || element.type,
    outlined: (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2)
      || style.boxShadow !== "none",
    inView: box.width > 0 && box.bottom > 0 && box.top < innerHeight
      && box.right > 0 && box.left < innerWidth,
  };
}"""


def stops(page: Page) -> list[dict[str, Any]]:
    """Every element that Tab reaches, in order, until the page ends."""
    found: list[dict[str, Any]] = []
    while len(found) < MAX_STOPS:
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        if focused is None:
            return found
        found.append(focused)
    raise AssertionError("the end of the page is never reached")


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("kind", ["home", "article with photos", "search, found", "archive"])
def test_tab_goes_through_the_page_in_reading_order(
    visitor: MakeVisitor, portal: Demo, kind: str, width: int
) -> None:
    reader = visitor(portal, width, reduced_motion="reduce")
    reader.open(PUBLIC[kind].path)
    found = stops(reader.page)
    assert found[0]["text"] == say("Skip to the content")
    parts = [stop["part"] for stop in found]
    order = {"top": 0, "header": 1, "main": 2, "aside": 3, "footer": 4}
    assert parts == sorted(parts, key=order.__getitem__)
    assert {"top", "header", "main", "footer"} <= set(parts)
    assert [stop["text"] for stop in found if not stop["outlined"]] == []
    assert [stop["text"] for stop in found if not stop["inView"]] == []


def test_tab_reaches_menu_search_cards_and_footer(visitor: MakeVisitor, portal: Demo) -> None:
    reader = visitor(portal)
    reader.open("/")
    texts = [stop["text"] for stop in stops(reader.page)]
    cards = [
        title.strip()
        for title in reader.page.get_by_role("article").get_by_role("heading").all_inner_texts()
    ]
    wanted = [say("Home"), say("Contact"), "tu_khoa", *cards, say("Sign in")]
    assert len(cards) >= 10
    assert [text for text in wanted if text not in texts] == []


def test_skip_link_leads_past_the_menu(visitor: MakeVisitor, portal: Demo) -> None:
    reader = visitor(portal)
    reader.open("/")
    reader.page.keyboard.press("Tab")
    link = reader.page.get_by_role("link", name=say("Skip to the content"))
    expect(link).to_be_in_viewport()
    reader.page.keyboard.press("Enter")
    expect(reader.page.get_by_role("main")).to_be_focused()
    reader.page.keyboard.press("Tab")
    assert reader.page.evaluate(FOCUSED)["part"] == "main"


def test_search_by_keyboard_finds_words_with_diacritics(visitor: MakeVisitor, portal: Demo) -> None:
    reader = visitor(portal)
    reader.open("/")
    reader.page.get_by_role("searchbox").focus()
    reader.page.keyboard.type("dang")
    reader.page.keyboard.press("Enter")
    expect(reader.page).to_have_url(f"{portal.address}/tim-kiem/?tu_khoa=dang")
    marked = reader.page.locator("mark").all_inner_texts()
    assert "Đặng" in marked
    assert "Đảng" in marked
    assert reader.watch.faults == []
