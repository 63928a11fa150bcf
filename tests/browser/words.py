"""Find controls by the words that people see, whichever language the catalogue gives them."""

from django.utils.text import capfirst
from django.utils.translation import gettext
from playwright.sync_api import Locator, Page


def say(text: str) -> str:
    """The words on a button or link, from their English source."""
    return str(capfirst(gettext(text)))


def field(page: Page | Locator, label: str) -> Locator:
    """The fields of the back office with this label; Django puts a colon behind it."""
    return page.get_by_label(say(label) + ":", exact=True)


def press(page: Page, text: str) -> None:
    """Press a button by its words; the form has the same ones above and below."""
    page.get_by_role("button", name=say(text), exact=True).first.click()
