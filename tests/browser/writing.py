"""What an editor does in the back office."""

from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Visitor
from tests.browser.words import field, press, say

NEW_ARTICLE = "/quan-tri/news/article/add/"


def prose(page: Page) -> Locator:
    """The editor of the body, once its script has put it in place of the plain field."""
    return page.get_by_role("textbox", name=say("body") + ":").and_(
        page.locator("[contenteditable=true]")
    )


def start_article(editor: Visitor, title: str) -> Page:
    """Open the form of a new article and enter its title and category."""
    editor.open(NEW_ARTICLE)
    field(editor.page, "title").fill(title)
    field(editor.page, "category").select_option(index=1)
    return editor.page


def publish_text(editor: Visitor, title: str, body: str) -> str:
    """Publish an article from a browser without script; return its address in the back office."""
    page = start_article(editor, title)
    field(page, "body").fill(body)
    press(page, "Save and publish")
    expect(field(page, "title")).to_have_value(title)
    expect(page.get_by_role("button", name=say("Save and withdraw")).first).to_be_visible()
    return page.url.removeprefix(editor.address)


def public_path(editor: Visitor) -> str:
    """The public address of the article whose form is open, found as an editor finds it."""
    editor.page.get_by_role("link", name=say("View on site")).click()
    editor.page.wait_for_load_state()
    path = editor.page.url.removeprefix(editor.address)
    editor.page.go_back()
    return path


def add_photo(page: Page, file: Path) -> None:
    """Add a row for a photo and choose its file."""
    page.get_by_role(
        "button", name=say("Add another %(verbose_name)s") % {"verbose_name": say("photo")}
    ).click()
    with page.expect_file_chooser() as chooser:
        field(page, "photo").first.click()
    chooser.value.set_files(file)
