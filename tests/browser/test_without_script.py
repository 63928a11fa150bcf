"""The portal and the article's form where no script runs."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import MakeVisitor
from tests.browser.demo import Demo
from tests.browser.pages import PUBLIC, WITH_GALLERY, Kind
from tests.browser.words import say
from tests.browser.writing import public_path, publish_text

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("kind", PUBLIC.values(), ids=PUBLIC)
def test_page_shows_its_content(visitor: MakeVisitor, portal: Demo, kind: Kind) -> None:
    reader = visitor(portal, 360, java_script_enabled=False)
    assert reader.open(kind.path).status == kind.status
    expect(reader.page.get_by_role("main")).to_be_visible()
    expect(reader.page.get_by_role("heading", level=1)).to_have_count(1)
    expect(reader.page.get_by_role("contentinfo")).to_be_visible()
    assert reader.watch.faults == []


def test_address_of_an_article_can_be_copied_by_hand(visitor: MakeVisitor, portal: Demo) -> None:
    reader = visitor(portal, java_script_enabled=False)
    path = PUBLIC["article with photos"].path
    reader.open(path)
    address = reader.page.get_by_label(say("Link to this article"))
    expect(address).to_have_value(portal.address + path)
    expect(reader.page.get_by_role("button", name=say("Copy"))).to_have_count(0)


def test_search_from_the_header_and_within_a_category(visitor: MakeVisitor, portal: Demo) -> None:
    reader = visitor(portal, java_script_enabled=False)
    reader.open("/")
    reader.page.get_by_role("searchbox").fill("bi thu")
    reader.page.get_by_role("searchbox").press("Enter")
    main = reader.page.get_by_role("main")
    everywhere = main.get_by_role("listitem").count()
    main.get_by_label(say("Category")).select_option(WITH_GALLERY.category)
    main.get_by_role("button", name=say("Search")).click()
    expect(main.get_by_label(say("Category"))).to_have_value(WITH_GALLERY.category)
    assert 0 < main.get_by_role("listitem").count() < everywhere


def test_search_that_finds_nothing_says_so_and_helps_on(visitor: MakeVisitor, portal: Demo) -> None:
    reader = visitor(portal, java_script_enabled=False)
    reader.open("/tim-kiem/?tu_khoa=khongcogi")
    expect(reader.page.get_by_role("status")).to_contain_text("“khongcogi”")
    reader.page.get_by_role("main").get_by_role("link", name=say("See all news")).click()
    expect(reader.page).to_have_url(portal.address + "/tin-tuc/")


def test_editor_publishes_plain_text_as_paragraphs(visitor: MakeVisitor, workshop: Demo) -> None:
    editor = visitor(workshop, java_script_enabled=False)
    editor.sign_in()
    body = "Đoạn thứ nhất < hai dòng\ncủa nó.\n\nĐoạn thứ hai."
    publish_text(editor, "Bản tin gõ không cần kịch bản", body)
    path = public_path(editor)
    reader = visitor(workshop, java_script_enabled=False)
    reader.open(path)
    article = reader.page.get_by_role("article").first
    expect(article.get_by_role("heading", level=1)).to_have_text("Bản tin gõ không cần kịch bản")
    texts = article.get_by_role("paragraph").all_inner_texts()
    assert "Đoạn thứ nhất < hai dòng\ncủa nó." in texts
    assert "Đoạn thứ hai." in texts
    assert editor.watch.faults == []
    assert reader.watch.faults == []
