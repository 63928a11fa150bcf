"""What readers take away: the address of an article, or a page of paper."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import MakeVisitor
from tests.browser.demo import Demo
from tests.browser.pages import PUBLIC, WITH_GALLERY
from tests.browser.words import say

pytestmark = pytest.mark.browser

ARTICLE = PUBLIC["article with photos"].path


def test_button_copies_the_address(visitor: MakeVisitor, portal: Demo) -> None:
    reader = visitor(portal, 360, permissions=["clipboard-read", "clipboard-write"])
    reader.open(ARTICLE)
    reader.page.get_by_role("button", name=say("Copy")).click()
    expect(reader.page.get_by_role("status")).to_have_text(say("Copied"))
    copied = reader.page.evaluate("navigator.clipboard.readText()")
    assert copied == portal.address + ARTICLE
    assert reader.watch.faults == []


def test_paper_shows_the_article_and_nothing_to_click(visitor: MakeVisitor, portal: Demo) -> None:
    reader = visitor(portal)
    reader.open(ARTICLE)
    page = reader.page
    navigation = [page.get_by_role("navigation", name=say("Main menu"))]
    navigation += [page.get_by_role("complementary"), page.get_by_role("search")]
    for part in navigation:
        expect(part).to_be_visible()
    page.emulate_media(media="print")
    expect(page.get_by_role("heading", level=1)).to_have_text(WITH_GALLERY.title)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_text(WITH_GALLERY.lead.split(".")[0])).to_be_visible()
    for part in [*navigation, page.get_by_label(say("Link to this article"))]:
        expect(part).not_to_be_visible()


COLOURS = """() => [document.body, ...document.querySelectorAll("article, article *")]
  .map((element) => getComputedStyle(element))
  .map((style) => [style.color, style.backgroundColor, style.borderColor].join(" "))"""


def test_paper_is_the_same_by_night(visitor: MakeVisitor, portal: Demo) -> None:
    reader = visitor(portal)
    reader.open(ARTICLE)
    reader.page.emulate_media(media="print", color_scheme="light")
    by_day = reader.page.evaluate(COLOURS)
    reader.page.emulate_media(media="print", color_scheme="dark")
    assert by_day[0].startswith("rgb(0, 0, 0) rgb(255, 255, 255)")
    assert reader.page.evaluate(COLOURS) == by_day
